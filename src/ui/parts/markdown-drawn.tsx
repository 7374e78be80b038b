import type { ComponentChildren, VNode } from "preact";
import { plainText } from "./agent-text.tsx";
import { Code } from "./code.tsx";
import { safeLink } from "./links.ts";
import { type Block, type Item, readBlocks } from "./markdown-blocks.ts";
import { type Inline, readInlines } from "./markdown-inlines.ts";

/** What Markdown that an agent wrote is drawn as: elements of its own, and text. */
export function drawMarkdown(text: string): ComponentChildren[] {
  return readBlocks(plainText(text)).map(drawBlock);
}

function drawBlock(block: Block): VNode {
  switch (block.type) {
    case "paragraph":
      return <p>{inlines(block.text)}</p>;
    case "heading":
      return heading(block.level, inlines(block.text));
    case "code":
      return <Code text={block.text} language={block.language} />;
    case "quote":
      return <blockquote>{block.blocks.map(drawBlock)}</blockquote>;
    case "list":
      return block.start === null ? (
        <ul>{block.items.map(drawItem)}</ul>
      ) : (
        <ol start={block.start}>{block.items.map(drawItem)}</ol>
      );
    case "table":
      return table(block);
    case "rule":
      return <hr />;
  }
}

/** The page's own headings stand above those of an answer. */
function heading(level: number, content: ComponentChildren): VNode {
  if (level === 1) return <h4>{content}</h4>;
  return level === 2 ? <h5>{content}</h5> : <h6>{content}</h6>;
}

/** The text of an item stands beside its mark, and no paragraph is made of it where it is all there is. */
function drawItem({ blocks, done }: Item): VNode {
  const [first, ...rest] = blocks;
  const mark = done === null ? null : done ? "☑ " : "☐ ";
  const isText = first?.type === "paragraph";
  return (
    <li class={done === null ? undefined : "markdown-task"}>
      {mark}
      {isText ? inlines(first.text) : null}
      {(isText ? rest : blocks).map(drawBlock)}
    </li>
  );
}

function table({ head, rows, ends }: Extract<Block, { type: "table" }>): VNode {
  const side = (column: number) => (ends[column] ? "number" : undefined);
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th scope="col" class={side(column)}>
                {inlines(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, column) => (
                <td class={side(column)}>{inlines(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlines(text: string): ComponentChildren {
  return readInlines(text).map((inline) => drawInline(inline));
}

function drawInline(inline: Inline, isInLink = false): ComponentChildren {
  const within = (parts: readonly Inline[]) => parts.map((part) => drawInline(part, isInLink));
  // An entity may stand for what must be written out.
  if (typeof inline === "string") return plainText(inline);
  switch (inline.type) {
    case "strong":
      return <strong>{within(inline.inlines)}</strong>;
    case "em":
      return <em>{within(inline.inlines)}</em>;
    case "del":
      return <del>{within(inline.inlines)}</del>;
    case "code":
      return <code>{inline.text}</code>;
    case "br":
      return <br />;
    case "link":
      if (isInLink) return inline.raw;
      return link(
        inline.href,
        inline.inlines.map((part) => drawInline(part, true)),
        inline.raw,
      );
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
