import { nameInJson } from "./json-names.ts";
import { startWalk } from "./json-walk.ts";
import type { SecretName } from "./secret-names.ts";
import { nextSecret } from "./secret-scan.ts";
import { isSecretString } from "./secret-values.ts";

/** Finds what looks like a secret of a kind of its own: the first match at `from` or behind it. */
export type ExtraPattern = {
  readonly kind: string;
  /** Null for none. A match is never empty. */
  find(text: string, from: number): { readonly from: number; readonly to: number } | null;
};

/** Work in steps: between two of them others may go on. */
export type Steps<Value> = Generator<undefined, Value, undefined>;

/** Replaces what looks like a secret by `[redacted:<kind>]`; where there is nothing, the value itself comes back. */
export type Redactor = {
  text(value: string): string;
  /** Texts and keys, however deep; a text under a key that names a secret goes whole. */
  json(value: unknown): unknown;
  /** As `json`, giving way after about 32,000 characters, and more often where the user has patterns. */
  inSteps(value: unknown): Steps<unknown>;
};

/** Characters of one step. */
const STEP = 32_768;
/** What a value of JSON costs besides its characters. */
const NODE = 8;
/** A character costs so many times as much with patterns of the user: each may match many times. */
const WITH_EXTRA = 8;
/** Matches of them in one step. */
const MATCHES = 256;
/** A pattern of the user sees so much of a long text at once, and a match across two such pieces up to this length. */
const PIECE = 32_768;
const OVERLAP = 4096;
const MARK = /\[redacted:[a-z0-9_]{1,64}\]/g;
/** Nothing but a mark, with the scheme of a header before it. */
const ONLY_A_MARK = /^(?:[A-Za-z-]{1,16} )?\[redacted:[a-z0-9_]{1,64}\]$/;

export function createRedactor(extra: readonly ExtraPattern[] = []): Redactor {
  function* textInSteps(value: string): Steps<string> {
    let redacted = value;
    for (const pattern of extra) redacted = yield* replaceExtra(redacted, pattern);
    return yield* replaceKnown(redacted);
  }

  function text(value: string): string {
    if (extra.length === 0 && nextSecret(value, 0, value.length) === null) return value;
    return toEnd(textInSteps(value));
  }

  function* inSteps(root: unknown): Steps<unknown> {
    const walk = startWalk<SecretName>(root, nameInJson);
    const costs = extra.length === 0 ? 1 : WITH_EXTRA;
    let spent = 0;
    while (walk.next()) {
      const { value, name } = walk;
      const length = typeof value === "string" ? value.length : 0;
      spent += NODE + length * costs;
      if (spent > STEP) {
        spent = 0;
        yield;
      }
      if (typeof value !== "string") walk.put(value);
      else walk.put(underName(name, value, length * costs > STEP ? yield* textInSteps(value) : text(value)));
    }
    return walk.result;
  }

  return { text, json: (value) => toEnd(inSteps(value)), inSteps };
}

/** Runs work to its end, without giving way. */
export function toEnd<Value>(steps: Steps<Value>): Value {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

function mark(kind: string): string {
  return `[redacted:${kind}]`;
}

function underName(name: SecretName | null, value: string, redacted: string): string {
  if (name === null || ONLY_A_MARK.test(redacted)) return redacted;
  return isSecretString(name, value) ? mark(name.kind) : redacted;
}

function* replaceKnown(text: string): Steps<string> {
  const output = startOutput(text);
  for (let at = 0; at < text.length;) {
    const until = Math.min(at + STEP, text.length);
    while (at < until) {
      const secret = nextSecret(text, at, until, output.kept);
      if (secret !== null) output.replace(secret.from, secret.to, secret.kind);
      at = secret?.to ?? until;
    }
    if (at >= text.length) break;
    output.flatten();
    yield;
  }
  return output.result;
}

/** What overlaps a mark stays: a mark is text like any other to a pattern of the user. */
function* replaceExtra(text: string, { kind, find }: ExtraPattern): Steps<string> {
  const output = startOutput(text);
  for (let begin = 0; begin < text.length;) {
    const end = wholePair(text, Math.min(begin + PIECE, text.length));
    const piece = text.slice(begin, end);
    const marks = [...piece.matchAll(MARK)].map(({ index, 0: found }) => ({ from: index, to: index + found.length }));
    // Those before `passed` lie before every match to come.
    let passed = 0;
    let matches = 0;
    // What begins in the overlap is looked for in the next piece, where its end is.
    const last = end === text.length ? piece.length : wholePair(piece, piece.length - OVERLAP);
    let at = 0;
    while (at < last) {
      const match = find(piece, at);
      if (match === null || match.from >= last) break;
      while (passed < marks.length && marks[passed]!.to <= match.from) passed += 1;
      const inTheWay = marks[passed];
      if (inTheWay === undefined || match.to <= inTheWay.from) {
        output.replace(begin + match.from, begin + match.to, kind);
        at = match.to;
      } else at = inTheWay.to;
      matches += 1;
      if (matches % MATCHES === 0) yield;
    }
    begin = end === text.length ? end : begin + Math.max(at, last);
    output.flatten();
    if (begin < text.length) yield;
  }
  return output.result;
}

/** What becomes of a text, from its beginning to its end. */
function startOutput(text: string) {
  let kept = 0;
  let found: string[] = [];
  const flat: string[] = [];
  return {
    /** All before it is done. */
    get kept() {
      return kept;
    },
    replace(from: number, to: number, kind: string) {
      found.push(text.slice(kept, from), mark(kind));
      kept = to;
    },
    /** Puts together what was found, so that the end of a long text is no long step. */
    flatten() {
      if (found.length === 0) return;
      flat.push(found.join(""));
      found = [];
    },
    get result() {
      return kept === 0 ? text : flat.join("") + found.join("") + text.slice(kept);
    },
  };
}

/** The place itself, or the one before where it would cut a surrogate pair. */
function wholePair(text: string, at: number): number {
  return at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at;
}
