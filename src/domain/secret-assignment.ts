import { beginOfGap, endOfGap, endsEscape } from "./escapes.ts";
import { mayEndSecretName, type SecretName, secretName } from "./secret-names.ts";
import type { Secret } from "./secret-patterns.ts";
import { knownAt } from "./secret-starts.ts";
import { isPlaceholderAt, isSecretValue, mayHaveBlanks, type Standing } from "./secret-values.ts";
import { endOfMatch, endOfRun } from "./sticky.ts";

/** What stands where a secret was. */
export const MARK = /\[redacted:[a-z0-9_]{1,64}\]/y;
/** What may stand in a value without quotes. */
const PLAIN = /[^\s"'`,;&)\]}<>|\\\p{Cc}]{1,64}/uy;
/** Behind a name in capitals, as in a shell: such a value ends at a blank. */
const OF_ENVIRONMENT = /[^\s"'`;\\\p{Cc}]{1,64}/uy;
/** In a query that was encoded. */
const ENCODED = /(?:[^\s"'`,;&)\]}<>|\\%\p{Cc}]|%(?!26|20|22|27)){1,64}/uy;
const LINE = /[^\r\n"'`\\]{1,64}/y;
const OPENING_QUOTE = /(?:[rbu]{0,2})(\\{0,4}["'`])/y;
const SCHEME = /(?:Bearer|Basic|Token|Digest|ApiKey|Api-Key|Key|Negotiate)(?=[ \t])/iy;
/** So much of a value is looked at to tell whether it is a secret. */
const LOOKED_AT = 256;
const LONGEST_NAME = 64;
/** Characters of the blanks and colours between a name and its sign. */
const LONGEST_GAP = 64;

/** The name of a pair, and its value: `"name": "DB_PASSWORD", "value": "…"`, `- name: …⏎  value: …`, `key="…" value="…"`. */
const PAIR_NAME = /^(?:name|key|header|parameterkey)$/i;
const PAIR =
  /[ \t]{0,8}\\{0,4}["']?([\w.:-]{2,64})\\{0,4}["']?(?:[ \t\r\n,;]|\\{1,4}[nrt]){1,40}\\{0,4}["']?(?:parameter)?value\\{0,4}["']?[ \t]{0,8}[:=]/iy;
/** `{"value": …` behind a name. */
const NESTED = /\{(?:\s|\\{1,4}[nrt]){0,40}\\{0,4}["']?(?:value|plain|plaintext|raw)\\{0,4}["']?[ \t]{0,8}[:=]/iy;
/** A line end between a name in quotes and a value in quotes. */
const LINE_END = /[ \t\r\n]{1,64}(?=\\{0,4}["'])/y;
/** A block of YAML, to its first line. */
const BLOCK = /[|>][+-]?\d?[+-]?[ \t]{0,8}\r?\n[ \t]{1,32}(?=\S)/y;

/**
 * `name=value`, `name: value`, `"name": "value"`, `name => value`.
 * @param width characters of the sign: more than one if it was encoded
 */
export function matchAssignment(text: string, sign: number, floor: number, width = 1): Secret | null {
  const isColon = text.charCodeAt(sign) === 0x3a;
  const next = text.charAt(sign + width);
  if (next === "=" || (isColon && next === ":")) return null;
  const end = endOfName(text, sign, floor, isColon);
  if (end <= floor || !mayEndSecretName(text.charCodeAt(end - 1))) return null;
  const given = text.slice(beginOfName(text, end, floor), end);
  if (PAIR_NAME.test(given)) return matchPair(text, sign + width);
  const name = secretName(given);
  return name === null ? null : behindSign(text, end, sign, sign + width, given, name);
}

function behindSign(
  text: string,
  end: number,
  sign: number,
  behind: number,
  given: string,
  name: SecretName,
): Secret | null {
  const isColon = text.charCodeAt(sign) === 0x3a;
  const value = text.charCodeAt(behind) === 0x3e ? behind + 1 : behind;
  const from = endOfGap(text, value);
  const between = text.slice(end, sign);
  const further = furtherOn(text, from, name, isColon, /["']/.test(between));
  if (further !== null) return further === -1 ? null : matchValue(text, further, name, "apart");
  if (
    isColon ||
    /[ \t"'`?:]/.test(between) ||
    /[ \t>]/.test(text.slice(behind, Math.min(from, behind + LONGEST_GAP)))
  ) {
    return matchValue(text, from, name, "apart");
  }
  if (behind > sign + 1) return matchValue(text, from, name, "joined", ENCODED);
  const isOfEnvironment = given === given.toUpperCase();
  return isOfEnvironment
    ? matchValue(text, from, name, "environment", OF_ENVIRONMENT)
    : matchValue(text, from, name, "joined");
}

/** Where the value is that stands deeper or on the next line; -1 when there is none, null when it stands here. */
function furtherOn(text: string, from: number, name: SecretName, isColon: boolean, isQuoted: boolean): number | null {
  const first = text.charCodeAt(from);
  if (first === 0x7b && name.isVague === undefined) {
    const nested = endOfMatch(NESTED, text, from);
    return nested === -1 ? null : endOfGap(text, nested);
  }
  if (!isColon) return null;
  if (first === 0x7c || first === 0x3e) return endOfMatch(BLOCK, text, from);
  if (first !== 0x0a && first !== 0x0d) return null;
  return isQuoted ? endOfMatch(LINE_END, text, from) : -1;
}

function matchPair(text: string, at: number): Secret | null {
  PAIR.lastIndex = at;
  const label = PAIR.exec(text)?.[1];
  const name = label === undefined ? null : secretName(label);
  return name === null ? null : matchValue(text, endOfGap(text, PAIR.lastIndex), name, "apart");
}

/** Where the name before a sign ends: before blanks, colours and the quote of a key. */
function endOfName(text: string, sign: number, floor: number, isColon: boolean): number {
  const least = Math.max(floor, sign - LONGEST_GAP);
  let end = sign;
  if (!isColon && text.charAt(end - 1) === ":") end -= 1;
  end = beginOfGap(text, end, least);
  const last = text.charCodeAt(end - 1);
  if (end > least && (last === 0x22 || last === 0x27 || last === 0x60)) {
    end -= 1;
    while (end > least && text.charCodeAt(end - 1) === 0x5c) end -= 1;
    end = beginOfGap(text, end, least);
  }
  return end > least && text.charCodeAt(end - 1) === 0x3f ? end - 1 : end;
}

/** Characters of the longest escape that are like those of a name: `u0022`. */
const LONGEST_ESCAPE = 5;

/** Where it begins: behind an escape, whose letters are none of it. */
function beginOfName(text: string, end: number, floor: number): number {
  const least = Math.max(floor, end - LONGEST_NAME);
  let begin = end;
  while (begin > least && isOfName(text.charCodeAt(begin - 1))) begin -= 1;
  // A quote or a blank before it ends no escape.
  const before = text.charCodeAt(begin - 1);
  if (begin === floor || before === 0x22 || before === 0x20 || before === 0x0a) return begin;
  for (let at = Math.min(begin + LONGEST_ESCAPE, end - 1); at > begin; at -= 1) {
    if (endsEscape(text, at, floor)) return at;
  }
  return begin;
}

/** A letter, a digit, `_`, `-` or `.`. */
function isOfName(code: number): boolean {
  if (code >= 0x61) return code <= 0x7a;
  return (
    (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code === 0x2d || code === 0x2e
  );
}

/** The value that begins there, in quotes or without. */
export function matchValue(
  text: string,
  at: number,
  name: SecretName,
  standing: Standing,
  plain: RegExp = PLAIN,
): Secret | null {
  OPENING_QUOTE.lastIndex = at;
  const quote = OPENING_QUOTE.exec(text)?.[1];
  const from = quote === undefined ? at : OPENING_QUOTE.lastIndex;
  if (endOfMatch(MARK, text, from) !== -1) return null;
  if (name.kind === "cookie") return matchCookie(text, from);
  const scheme = endOfMatch(SCHEME, text, from);
  if (scheme !== -1) {
    const credentials = endOfGap(text, scheme);
    if (endOfMatch(MARK, text, credentials) !== -1) return null;
    if (name.kind === "authorization") return matchCredentials(text, from, credentials);
  }
  const known = quote === undefined || name.kind !== "password" ? knownAt(text, from) : null;
  if (known !== null) return known;
  return quote === undefined
    ? matchPlain(text, from, name, standing, plain)
    : matchQuoted(text, from, name, standing, quote);
}

function matchPlain(text: string, from: number, name: SecretName, standing: Standing, plain: RegExp): Secret | null {
  if (isPlaceholderAt(text, from)) return null;
  const value = text.slice(from, endWithin(plain, text, from));
  if (!isSecretValue(name, value, standing)) return null;
  return { from, to: endOfRun(plain, text, from), kind: name.kind };
}

function matchQuoted(text: string, from: number, name: SecretName, standing: Standing, quote: string): Secret | null {
  const close = endOfQuoted(text, from, quote, from + LOOKED_AT);
  const value = text.slice(from, close === -1 ? from + LOOKED_AT : close);
  if (/\s/.test(value) && !mayHaveBlanks(name, value, standing)) return null;
  if (!isSecretValue(name, value, "quoted")) return null;
  return { from, to: close === -1 ? endOfQuoted(text, from, quote, text.length) : close, kind: name.kind };
}

/** Behind `Authorization: Bearer`, where also a short or plain one is a secret. */
function matchCredentials(text: string, from: number, at: number): Secret | null {
  if (isPlaceholderAt(text, at)) return null;
  const known = knownAt(text, at);
  if (known !== null) return known;
  const value = text.slice(at, endWithin(PLAIN, text, at));
  const credentials: SecretName = { kind: schemeKind(text, from), ending: "authorization", least: 6 };
  if (!isSecretValue(credentials, value, "joined")) return null;
  return { from: at, to: endOfRun(PLAIN, text, at), kind: credentials.kind };
}

function schemeKind(text: string, at: number): string {
  const scheme = text.slice(at, at + 6).toLowerCase();
  if (scheme === "bearer") return "bearer";
  return scheme.startsWith("basic") ? "basic_auth" : "authorization";
}

const COOKIE = /[\w.-]{1,64}=[^\s;"'`<>$*.{[]{6}/y;

/** All cookies of a header, to the end of its line. */
function matchCookie(text: string, from: number): Secret | null {
  if (endOfMatch(COOKIE, text, from) === -1) return null;
  return { from, to: endOfRun(LINE, text, from), kind: "cookie" };
}

/** Where a run ends, looked for no further than is looked at. */
function endWithin(pattern: RegExp, text: string, from: number): number {
  let end = from;
  for (let next = end; next !== -1 && end - from < LOOKED_AT; next = endOfMatch(pattern, text, end)) end = next;
  return end;
}

/**
 * Where the quote is closed; -1 when it is not before `until`, and the end of the line or text when it never is. In a text
 * that was escaped as a whole the closing quote is escaped as the opening one is.
 */
function endOfQuoted(text: string, from: number, quote: string, until: number): number {
  const sign = quote.charCodeAt(quote.length - 1);
  const escapes = quote.length - 1;
  const last = Math.min(until, text.length);
  let behind = 0;
  for (let at = from; at < last; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) behind += 1;
    else {
      const closes = code === sign && (escapes === 0 ? behind % 2 === 0 : behind <= escapes);
      if (closes) return at - (escapes === 0 ? 0 : behind);
      if (code === 0x0a && sign !== 0x60) return at;
      behind = 0;
    }
  }
  return until >= text.length ? text.length : -1;
}
