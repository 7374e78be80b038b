import { lexer, type Token, type Tokens } from "marked";
import type { ComponentChildren, VNode } from "preact";
import { AgentText, plainText } from "./agent-text.tsx";
import { Code } from "./code.tsx";
import { withoutEntities } from "./entities.ts";
import { safeLink } from "./links.ts";
import { memo } from "./memo.ts";

/** What is longer is shown as plain text: a page that reads so much Markdown at once stands still. */
const MOST = 60_000;
/** Deeper than this nobody writes; the reader of Markdown would run out of stack. */
const DEEPEST = 30;
const TOO_DEEP = new RegExp(String.raw`^(?:[ \t]*[>+*-]){${DEEPEST}}`, "m");

/** Markdown that an agent wrote, drawn from its tokens: no HTML is ever made of it, images are not loaded. */
export const Markdown = memo(function Markdown({ text }: { readonly text: string }) {
  const blocks = text.length > MOST || TOO_DEEP.test(text) ? null : tokensOf(text);
  if (blocks === null) return <AgentText text={text} />;
  return (
    <div class="markdown" dir="auto">
      {blocks.map((token) => block(token, 0))}
    </div>
  );
});

function tokensOf(text: string): Token[] | null {
  try {
    return lexer(plainText(text), { gfm: true });
  } catch {
    // It may ask for more stack than there is; as plain text everything can be read.
    return null;
  }
}

function block(token: Token, depth: number): ComponentChildren {
  if (depth > DEEPEST) return <p>{token.raw}</p>;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return heading(token as Tokens.Heading, depth);
    case "code":
      return <Code text={(token as Tokens.Code).text} language={(token as Tokens.Code).lang ?? ""} />;
    case "hr":
      return <hr />;
    case "blockquote":
      return <blockquote>{(token as Tokens.Blockquote).tokens.map((inner) => block(inner, depth + 1))}</blockquote>;
    case "list":
      return list(token as Tokens.List, depth);
    case "table":
      return table(token as Tokens.Table, depth);
    case "html":
      return <p class="code">{token.raw.trim()}</p>;
    case "text":
      // In a list item; with a blank line around it is a paragraph.
      return <>{inlines(token, depth)}</>;
    case "checkbox":
      return inline(token, depth);
    default:
      return <p>{inlines(token, depth)}</p>;
  }
}

/** The page's own headings stand above those of an answer. */
function heading(token: Tokens.Heading, depth: number): VNode {
  const content = inlines(token, depth);
  if (token.depth === 1) return <h4>{content}</h4>;
  return token.depth === 2 ? <h5>{content}</h5> : <h6>{content}</h6>;
}

function list({ ordered, start, items }: Tokens.List, depth: number): VNode {
  const rows = items.map((item) => (
    <li class={item.task ? "markdown-task" : undefined}>{item.tokens.map((inner) => block(inner, depth + 1))}</li>
  ));
  return ordered ? <ol start={start === "" ? 1 : start}>{rows}</ol> : <ul>{rows}</ul>;
}

function table({ header, rows }: Tokens.Table, depth: number): VNode {
  const cell = ({ tokens, align }: Tokens.TableCell) => ({
    class: align === "right" ? "number" : undefined,
    children: tokens.map((inner) => inline(inner, depth + 1)),
  });
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {header.map((column) => (
              <th scope="col" {...cell(column)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((column) => (
                <td {...cell(column)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlines(token: Token, depth: number): ComponentChildren {
  const { tokens } = token as { readonly tokens?: readonly Token[] };
  return tokens === undefined ? textOf(token) : tokens.map((inner) => inline(inner, depth + 1));
}

function inline(token: Token, depth: number): ComponentChildren {
  if (depth > DEEPEST) return token.raw;
  switch (token.type) {
    case "strong":
      return <strong>{inlines(token, depth)}</strong>;
    case "em":
      return <em>{inlines(token, depth)}</em>;
    case "del":
      return <del>{inlines(token, depth)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link":
      return link((token as Tokens.Link).href, inlines(token, depth), token.raw);
    case "image":
      return link((token as Tokens.Image).href, `Image: ${textOf(token) || "without a name"}`, token.raw);
    case "html":
      return token.raw;
    case "checkbox":
      return (token as Tokens.Checkbox).checked ? "☑ " : "☐ ";
    default:
      return inlines(token, depth);
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

function textOf(token: Token): string {
  const { text = token.raw } = token as { readonly text?: string };
  // An entity may stand for what must be written out.
  return token.type === "escape" ? text : plainText(withoutEntities(text));
}
