import { endsEscape } from "./escapes.ts";
import { MARK, matchAssignment } from "./secret-assignment.ts";
import { matchAzureSecret, matchPrivateKey, matchTelegram, matchUrlPassword, type Secret } from "./secret-patterns.ts";
import { matchElement, matchNetrc, matchOption, matchTuple } from "./secret-shapes.ts";
import { firstOf, startTable } from "./secret-starts.ts";
import { endOfMatch } from "./sticky.ts";

const OTHER = 0;
const LETTER = 1;
const SIGN = 2;
/** What a character is to the scan: part of a word, a sign at which something may begin, or neither. */
const CLASSES = new Uint8Array(128);
for (const letter of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") {
  CLASSES[letter.charCodeAt(0)] = LETTER;
}
for (const sign of "=:-[(<~%\\") CLASSES[sign.charCodeAt(0)] = SIGN;

const { matchers, byPair } = startTable([["login", matchNetrc]]);

/**
 * The first secret that begins at `from` or behind it and before `until`. One pass: a sign or the beginning of a word is
 * tried with patterns of bounded length, and what is longer is walked over only as part of what is found. What lies
 * before `floor` is a secret already, and nothing that it is looked at for.
 */
export function nextSecret(text: string, from: number, until: number, floor = 0): Secret | null {
  return scan(text, from, until, floor, false);
}

/** @param isInner whether it looks inside of one that was found: it goes no further, however much it finds */
function scan(text: string, from: number, until: number, floor: number, isInner: boolean): Secret | null {
  let inWord = from > floor && isWordAt(text, from - 1);
  for (let at = from; at < until; at += 1) {
    const code = text.charCodeAt(at);
    const what = code < 128 ? CLASSES[code] : OTHER;
    if (what === LETTER) {
      const next = text.charCodeAt(at + 1);
      const which = next < 128 ? byPair[code * 128 + next]! : 0;
      if (which !== 0 && (!inWord || endsEscape(text, at, floor))) {
        const found = firstOf(matchers[which]!, text, at, floor);
        if (found !== null) return withInner(text, at, isInner ? until : text.length, floor, found);
      }
      inWord = true;
    } else {
      inWord = false;
      if (what === SIGN) {
        const found = atSign(text, at, code, floor);
        if (typeof found === "object" && found !== null)
          return withInner(text, at, isInner ? until : text.length, floor, found);
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

/** A secret, where to go on, or null when there is nothing. */
function atSign(text: string, at: number, code: number, floor: number): Secret | number | null {
  const next = text.charCodeAt(at + 1);
  switch (code) {
    case 0x5b: // [
      return next === 0x72 ? nullIfNone(endOfMatch(MARK, text, at)) : matchTuple(text, at, floor);
    case 0x28: // (
      return matchTuple(text, at, floor);
    case 0x3c: // <
      return matchElement(text, at);
    case 0x7e: // ~
      return text.charCodeAt(at - 1) === 0x51 ? matchAzureSecret(text, at, floor) : null;
    case 0x2d: // -
      return (next === 0x2d ? matchPrivateKey(text, at) : null) ?? matchOption(text, at, floor);
    case 0x25: // %
    case 0x5c: // \
      return next === 0x33 || next === 0x75 ? encodedSign(text, at, floor) : null;
    case 0x3a: // :
      if (next === 0x2f) return matchUrlPassword(text, at);
      return (next === 0x41 ? matchTelegram(text, at, floor) : null) ?? matchAssignment(text, at, floor);
    default:
      return matchAssignment(text, at, floor);
  }
}

const ENCODED_SIGN = /%3d|\\u003d/iy;

function encodedSign(text: string, at: number, floor: number): Secret | null {
  const end = endOfMatch(ENCODED_SIGN, text, at);
  return end === -1 ? null : matchAssignment(text, at, floor, end - at);
}

function nullIfNone(end: number): number | null {
  return end === -1 ? null : end;
}

/** With what lies before it in the same shape, where that is a secret too: the name of an address may be a token. */
function withInner(text: string, at: number, until: number, floor: number, found: Secret): Secret {
  const end = Math.min(until, found.from);
  const inner = end > at + 1 ? scan(text, at + 1, end, floor, true) : null;
  if (inner === null || inner.from >= found.from) return found;
  return { from: inner.from, to: Math.max(inner.to, found.to), kind: inner.kind };
}
