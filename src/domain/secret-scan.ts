import { isSecretValue, mayEndSecretName, secretName, type SecretName } from "./secret-names.ts";
import {
  endOfMatch,
  endOfRun,
  isEscape,
  matchAzureSecret,
  matchBasic,
  matchBearer,
  matchJwt,
  matchPrivateKey,
  matchToken,
  matchUrlPassword,
  type Secret,
  TOKENS,
} from "./secret-patterns.ts";

/** What stands where a secret was. */
const MARK = /\[redacted:[a-z0-9_]{1,64}\]/y;

type Matcher = (text: string, at: number, floor: number) => Secret | null;

const OTHER = 0;
const LETTER = 1;
const SIGN = 2;
/** What a character is to the scan: part of a word, a sign at which something may begin, or neither. */
const CLASSES = new Uint8Array(128);
for (const letter of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") {
  CLASSES[letter.charCodeAt(0)] = LETTER;
}
for (const sign of "=:-[~") CLASSES[sign.charCodeAt(0)] = SIGN;

/** What may begin with two letters, by those. */
const matchers: Matcher[][] = [[]];
const BY_PAIR = new Uint8Array(128 * 128);
function beginsWith(start: string, matcher: Matcher): void {
  const pair = start.charCodeAt(0) * 128 + start.charCodeAt(1);
  if (BY_PAIR[pair] === 0) BY_PAIR[pair] = matchers.push([]) - 1;
  matchers[BY_PAIR[pair]!]!.push(matcher);
}
for (const pattern of TOKENS) beginsWith(pattern.start, (text, at) => matchToken(pattern, text, at));
beginsWith("eyJ", matchJwt);
for (const start of ["be", "Be", "BE"]) beginsWith(start, matchBearer);
for (const start of ["ba", "Ba", "BA"]) beginsWith(start, matchBasic);

/**
 * The first secret that begins at `from` or behind it and before `until`. One pass: a sign or the beginning of a word is
 * tried with patterns of bounded length, and what is longer is walked over only as part of what is found. What lies
 * before `floor` is a secret already, and nothing that it is looked at for.
 */
export function nextSecret(text: string, from: number, until: number, floor = 0): Secret | null {
  let inWord = from > floor && isWordAt(text, from - 1);
  for (let at = from; at < until; at += 1) {
    const code = text.charCodeAt(at);
    const what = code < 128 ? CLASSES[code] : OTHER;
    if (what === LETTER) {
      const next = text.charCodeAt(at + 1);
      const which = next < 128 ? BY_PAIR[code * 128 + next]! : 0;
      if (which !== 0 && (!inWord || isEscape(text, at))) {
        const found = firstOf(matchers[which]!, text, at, floor);
        if (found !== null) return found;
      }
      inWord = true;
    } else {
      inWord = false;
      if (what === SIGN) {
        const found = atSign(text, at, code, floor);
        if (typeof found === "object" && found !== null) return found;
        if (typeof found === "number") at = found - 1;
      }
    }
  }
  return null;
}

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && CLASSES[code] === LETTER;
}

function firstOf(candidates: readonly Matcher[], text: string, at: number, floor: number): Secret | null {
  for (const matcher of candidates) {
    const found = matcher(text, at, floor);
    if (found !== null) return found;
  }
  return null;
}

/** A secret, where to go on, or null when there is nothing. */
function atSign(text: string, at: number, code: number, floor: number): Secret | number | null {
  switch (code) {
    case 0x5b: // [
      return nullIfNone(endOfMatch(MARK, text, at));
    case 0x7e: // ~
      return text.charCodeAt(at - 1) === 0x51 ? matchAzureSecret(text, at, floor) : null;
    case 0x2d: // -
      if (text.charCodeAt(at + 1) !== 0x2d) return null;
      return matchPrivateKey(text, at) ?? matchFlag(text, at, floor);
    default:
      return matchAssignment(text, at, floor);
  }
}

function nullIfNone(end: number): number | null {
  return end === -1 ? null : end;
}

const FLAG = /--([a-z][a-z-]{2,40})[ \t]{1,4}/y;
const NAME = /[\w.-]/;
const LONGEST_NAME = 64;
const BLANK = /[ \t]{1,8}/y;
const OPENING_QUOTE = /(?:[rbu]{0,2})(\\{0,4}["'`])/y;
const SCHEME = /(?:Bearer|Basic|Token|Digest|ApiKey|Api-Key|Key|Negotiate)[ \t]{1,4}/iy;
/** What may stand in a value without quotes. A name in capitals is of the environment: its value ends at a blank. */
const PLAIN = /[^\s"'`,;&)\]}<>|\\]{1,64}/y;
const OF_ENVIRONMENT = /[^\s"'`;\\]{1,64}/y;
const LINE = /[^\r\n"'`\\]{1,64}/y;
/** So much of a value is looked at to tell whether it is a secret. */
const LOOKED_AT = 256;

/** `--password value`. */
function matchFlag(text: string, at: number, floor: number): Secret | null {
  if (at > floor && /[\w-]/.test(text.charAt(at - 1))) return null;
  FLAG.lastIndex = at;
  const given = FLAG.exec(text)?.[1];
  const name = given === undefined ? null : secretName(given);
  return name === null ? null : matchValue(text, FLAG.lastIndex, name, "apart", PLAIN);
}

/** `name=value`, `name: value`, `"name": "value"`, `name => value`, and the password of an address. */
function matchAssignment(text: string, sign: number, floor: number): Secret | null {
  const isColon = text.charCodeAt(sign) === 0x3a;
  const next = text.charAt(sign + 1);
  if (isColon && next === "/") return matchAddress(text, sign, floor);
  if (next === "=" || (isColon && next === ":")) return null;
  const end = endOfName(text, sign, isColon);
  if (end <= floor || !mayEndSecretName(text.charAt(end - 1))) return null;
  let begin = end;
  while (begin > floor && end - begin < LONGEST_NAME && NAME.test(text.charAt(begin - 1))) begin -= 1;
  const given = text.slice(begin, end);
  const name = secretName(given);
  if (name === null) return null;
  const value = next === ">" ? sign + 2 : sign + 1;
  const from = endOfRun(BLANK, text, value);
  const isJoined = from === value && end === sign && !isColon;
  const isOfEnvironment = isJoined && given === given.toUpperCase();
  return matchValue(text, from, name, isJoined ? "joined" : "apart", isOfEnvironment ? OF_ENVIRONMENT : PLAIN);
}

/** The password of an address; with the name, where a token stands in its place. */
function matchAddress(text: string, at: number, floor: number): Secret | null {
  const password = matchUrlPassword(text, at);
  if (password === null) return null;
  const name = nextSecret(text, at + 1, password.from - 1, floor);
  return name === null ? password : { from: name.from, to: password.to, kind: name.kind };
}

/** Where the name before a sign ends: before blanks and the quote of a key. */
function endOfName(text: string, sign: number, isColon: boolean): number {
  let end = sign;
  const least = Math.max(0, sign - 8);
  if (!isColon && text.charAt(end - 1) === ":") end -= 1;
  while (end > least && (text.charAt(end - 1) === " " || text.charAt(end - 1) === "\t")) end -= 1;
  if (/["'`]/.test(text.charAt(end - 1))) {
    end -= 1;
    while (end > least && text.charAt(end - 1) === "\\") end -= 1;
  }
  if (text.charAt(end - 1) === "?") end -= 1;
  return end;
}

function matchValue(
  text: string,
  at: number,
  name: SecretName,
  standing: "joined" | "apart",
  plain: RegExp,
): Secret | null {
  OPENING_QUOTE.lastIndex = at;
  const quote = OPENING_QUOTE.exec(text)?.[1];
  const from = quote === undefined ? at : OPENING_QUOTE.lastIndex;
  if (endOfMatch(MARK, text, from) !== -1) return null;
  if (name.kind === "cookie") return matchCookie(text, from);
  if (name.kind === "authorization") {
    const scheme = endOfMatch(SCHEME, text, from);
    if (scheme !== -1) return matchCredentials(text, from, scheme);
  }
  const known = quote === undefined || name.kind !== "password" ? knownAt(text, from) : null;
  if (known !== null) return known;
  if (quote === undefined) {
    const value = text.slice(from, endWithin(plain, text, from));
    if (!isSecretValue(name, value, standing)) return null;
    return { from, to: endOfRun(plain, text, from), kind: name.kind };
  }
  const close = endOfQuoted(text, from, quote, from + LOOKED_AT);
  const value = text.slice(from, close === -1 ? from + LOOKED_AT : close);
  if (/\s/.test(value) && !isPassphrase(name, value)) return null;
  if (!isSecretValue(name, value, "quoted")) return null;
  return { from, to: close === -1 ? endOfQuoted(text, from, quote, text.length) : close, kind: name.kind };
}

/** A passphrase has blanks; other passwords that have are sentences about one. */
function isPassphrase(name: SecretName, value: string): boolean {
  return name.ending === "passphrase" && !/[\r\n]/.test(value);
}

/** A token of a known kind says more than the name before it. */
function knownAt(text: string, at: number): Secret | null {
  return text.length > at && isWordAt(text, at) ? firstOf(matchersAt(text, at), text, at, at) : null;
}

function matchersAt(text: string, at: number): readonly Matcher[] {
  const next = text.charCodeAt(at + 1);
  return next < 128 ? matchers[BY_PAIR[text.charCodeAt(at) * 128 + next]!]! : [];
}

/** Behind `Authorization: Bearer`, where also a short or plain one is a secret. */
function matchCredentials(text: string, from: number, at: number): Secret | null {
  if (endOfMatch(MARK, text, at) !== -1) return null;
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

const COOKIE = /[\w.-]{1,64}=[^\s;"'`<>$*.{]{6}/y;

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
