/** A value of a JSON text, with where it stands. */
export type JsonNode = {
  /** Where its text begins. */
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
  readonly value: unknown;
  /** Of an object, in their order; names may stand twice. */
  readonly members?: readonly JsonMember[];
  /** Of an array. */
  readonly items?: readonly JsonNode[];
};

/** A member of an object; `start` is that of its name, `end` that of its value. */
type JsonMember = {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly node: JsonNode;
};

/** A text that is no JSON; `line` counts from 1. */
export class JsonFault extends Error {
  override readonly name = "JsonFault";
  readonly line: number;

  constructor(text: string, at: number) {
    const line = text.slice(0, at).split("\n").length;
    super(`line ${line}: ${at >= text.length ? "it ends too early" : `unexpected ${JSON.stringify(text[at])}`}`);
    this.line = line;
  }
}

const GAP = /[\s\uFEFF]*/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:[^"\\\p{Cc}]|\\.)*"/uy;
const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y;

/** Where the next token stands, behind blanks and comments. */
export function skipGap(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = matchAt(GAP, text, at)!.end;
    const comment = matchAt(COMMENT, text, at);
    if (comment === null) return at;
    at = comment.end;
  }
}

/** Where the last comment behind `from` ends, before the next token; `from` when there is none. */
export function endOfComments(text: string, from: number): number {
  let last = from;
  for (;;) {
    const comment = matchAt(COMMENT, text, matchAt(GAP, text, last)!.end);
    if (comment === null) return last;
    last = comment.end;
  }
}

/** Reads a JSON text with where everything stands. Comments are passed over when `allowsComments`. Throws `JsonFault`. */
export function parseJson(text: string, allowsComments: boolean): JsonNode {
  const skip = allowsComments ? skipGap : (of: string, from: number) => matchAt(GAP, of, from)!.end;
  let at = skip(text, 0);

  function take(character: string): void {
    if (text[at] !== character) throw new JsonFault(text, at);
    at = skip(text, at + 1);
  }

  function scalar(pattern: RegExp): JsonNode {
    const found = matchAt(pattern, text, at);
    if (found === null) throw new JsonFault(text, at);
    const start = at;
    try {
      const parsed: unknown = JSON.parse(found.text);
      at = skip(text, found.end);
      return { start, end: found.end, value: parsed };
    } catch {
      throw new JsonFault(text, start);
    }
  }

  /** What stands between two brackets, separated by commas; returns where it ends. */
  function each(close: string, read: () => void): number {
    at = skip(text, at + 1);
    if (text[at] !== close) {
      read();
      while (text[at] === ",") {
        take(",");
        read();
      }
    }
    const end = at + 1;
    take(close);
    return end;
  }

  function value(): JsonNode {
    const start = at;
    if (text[at] === "{") {
      const members: JsonMember[] = [];
      const end = each("}", () => {
        const name = scalar(STRING);
        take(":");
        const node = value();
        members.push({ key: name.value as string, start: name.start, end: node.end, node });
      });
      return { start, end, members, value: Object.fromEntries(members.map(({ key, node }) => [key, node.value])) };
    }
    if (text[at] === "[") {
      const items: JsonNode[] = [];
      const end = each("]", () => items.push(value()));
      return { start, end, items, value: items.map((item) => item.value) };
    }
    return scalar(text[at] === '"' ? STRING : SCALAR);
  }

  const root = value();
  if (at < text.length) throw new JsonFault(text, at);
  return root;
}

function matchAt(pattern: RegExp, text: string, at: number): { readonly text: string; readonly end: number } | null {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null ? null : { text: found[0], end: pattern.lastIndex };
}
