import type { ComponentChildren, VNode } from "preact";
import { plainText } from "./agent-text.tsx";
import { codeParts } from "./code-words.ts";
import { Code } from "./code.tsx";
import { safeLink } from "./links.ts";
import type { Block, Item } from "./markdown-blocks.ts";
import { type Inline, readInlines } from "./markdown-inlines.ts";
import { fitting, type Room } from "./markdown-room.ts";
import type { Table } from "./markdown-tables.ts";

const MOST_COLOURED = 30_000;

/** What Markdown that an agent wrote is drawn as: elements of its own, and text; after so many elements it ends. */
export function drawMarkdown(blocks: readonly Block[], most: number) {
  const room: Room = { elements: most, coloured: MOST_COLOURED, isCut: false };
  return { drawn: each(blocks, room, drawBlock), isCut: room.isCut };
}

/** Draws one after the other while there is room. */
function each<Part>(
  parts: readonly Part[],
  room: Room,
  draw: (part: Part, room: Room, at: number) => ComponentChildren,
) {
  const drawn: ComponentChildren[] = [];
  for (const part of parts) {
    if (room.elements <= 0) {
      room.isCut = true;
      break;
    }
    room.elements -= 1;
    drawn.push(draw(part, room, drawn.length));
  }
  return drawn;
}

function drawBlock(block: Block, room: Room): VNode {
  switch (block.type) {
    case "paragraph":
      return <p>{inlines(block.text, room)}</p>;
    case "heading":
      return heading(block.level, inlines(block.text, room));
    case "code":
      return code(block.text, block.language, room);
    case "quote":
      return <blockquote>{each(block.blocks, room, drawBlock)}</blockquote>;
    case "list":
      return block.start === null ? (
        <ul>{each(block.items, room, drawItem)}</ul>
      ) : (
        <ol start={block.start}>{each(block.items, room, drawItem)}</ol>
      );
    case "table":
      return table(block, room);
    case "rule":
      return <hr />;
  }
}

/** The page's own headings stand above those of an answer. */
function heading(level: number, content: ComponentChildren): VNode {
  if (level === 1) return <h4>{content}</h4>;
  return level === 2 ? <h5>{content}</h5> : <h6>{content}</h6>;
}

/** Code beyond what there is room for is shown without colours. */
function code(whole: string, language: string, room: Room): VNode {
  const text = fitting(whole, room, true);
  const parts = text.length > room.coloured ? [] : codeParts(text, language);
  if (parts.length === 0 || parts.length > room.elements) return <Code parts={[{ kind: null, text }]} />;
  room.coloured -= text.length;
  room.elements -= parts.length;
  return <Code parts={parts} />;
}

/** The text of an item stands beside its mark, and no paragraph is made of it where it is all there is. */
function drawItem({ blocks, done }: Item, room: Room): VNode {
  const [first, ...rest] = blocks;
  const mark = done === null ? null : done ? "☑ " : "☐ ";
  const isText = first?.type === "paragraph";
  return (
    <li class={done === null ? undefined : "markdown-task"}>
      {mark}
      {isText ? inlines(first.text, room) : null}
      {each(isText ? rest : blocks, room, drawBlock)}
    </li>
  );
}

const SIDES = { center: "markdown-center", end: "number" } as const;

function table({ head, rows, sides }: Table, room: Room): VNode {
  const side = (column: number) => {
    const name = sides[column] ?? null;
    return name === null ? undefined : SIDES[name];
  };
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {each(head, room, (cell, _, column) => (
              <th scope="col" class={side(column)}>
                {inlines(cell, room, true)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {each(rows, room, (row) => (
            <tr>
              {each(head, room, (_cell, _room, column) => (
                <td class={side(column)}>{inlines(row[column] ?? "", room, true)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlines(text: string, room: Room, isCell = false): ComponentChildren {
  return within(readInlines(text, isCell), room);
}

/** Texts beside each other are one. */
function within(parts: readonly Inline[], room: Room, isInLink = false): ComponentChildren[] {
  const drawn: ComponentChildren[] = [];
  let text = "";
  const say = () => {
    // An entity may stand for what must be written out.
    if (text !== "") drawn.push(fitting(plainText(text), room));
    text = "";
  };
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else if (room.elements <= 0) {
      room.isCut = true;
      break;
    } else {
      say();
      room.elements -= 1;
      drawn.push(drawInline(part, room, isInLink));
    }
  }
  say();
  return drawn;
}

function drawInline(inline: Exclude<Inline, string>, room: Room, isInLink: boolean): ComponentChildren {
  switch (inline.type) {
    case "strong":
      return <strong>{within(inline.inlines, room, isInLink)}</strong>;
    case "em":
      return <em>{within(inline.inlines, room, isInLink)}</em>;
    case "del":
      return <del>{within(inline.inlines, room, isInLink)}</del>;
    case "code":
      return <code>{fitting(inline.text, room)}</code>;
    case "br":
      return <br />;
    case "link":
      return isInLink ? inline.raw : link(inline.href, within(inline.inlines, room, true), inline.raw);
    case "image": {
      const shown = `Image: ${plainText(inline.alt) || "without a name"}`;
      return isInLink ? shown : link(inline.href, shown, inline.raw);
    }
  }
}

/** What is no safe link is shown as it was written: where it leads is part of what is to be read. */
function link(href: string, content: ComponentChildren, raw: string): ComponentChildren {
  const address = safeLink(href);
  if (address === null) return raw;
  return (
    <a href={address} title={address} target="_blank" rel="noreferrer noopener nofollow">
      {content}
    </a>
  );
}
