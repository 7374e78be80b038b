import { endOfMatch } from "./sticky.ts";

const ESC = "\u001b";
const CSI = "\u009b";
/** How the escape character is written out: `\u001b`, `\x1b`, `\033`, `\e`, `^[`. */
const WRITTEN = "\\\\{1,4}(?:u001b|x1b|033|e)|\\^\\[";
/** What a terminal is told, such as a colour: `ESC[32m`, `ESC(B`, a title; also written out. */
export const CONTROL = new RegExp(
  `(?:(?:${ESC}|${WRITTEN})\\[(?!redacted:)|${CSI})[0-9:;<=>?]{0,32}[ -/]{0,4}[@-~]|${ESC}[(-/]?[0-9A-Z\\\\^-~]`,
  "iy",
);
const INTRODUCER = new RegExp(`(?:${ESC}|${WRITTEN})$`, "i");
/** Characters of the longest introducer: four backslashes and `u001b`. */
const LONGEST_INTRODUCER = 9;
const LONGEST_PARAMETERS = 32;

/** Where what may stand between a name, its sign and its value ends: blanks and control sequences. */
export function endOfGap(text: string, at: number): number {
  let end = at;
  for (;;) {
    const code = text.charCodeAt(end);
    if (isBlank(code)) end += 1;
    else {
      const mayBegin = code === 0x1b || code === 0x5c || code === 0x5e || code === 0x9b;
      const next = mayBegin ? endOfMatch(CONTROL, text, end) : -1;
      if (next === -1) return end;
      end = next;
    }
  }
}

/** Where a gap begins that ends there: no further back than `least`. */
export function beginOfGap(text: string, end: number, least: number): number {
  let begin = end;
  while (begin > least) {
    if (isBlank(text.charCodeAt(begin - 1))) begin -= 1;
    else {
      const before = beginOfControl(text, begin, least);
      if (before === -1) break;
      begin = before;
    }
  }
  return begin;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Where the control sequence begins that ends there; -1 for none. */
function beginOfControl(text: string, end: number, least: number): number {
  const final = text.charCodeAt(end - 1);
  if (final < 0x40 || final > 0x7e || end - 2 < least) return -1;
  let at = end - 2;
  const stop = Math.max(least, at - LONGEST_PARAMETERS);
  while (at > stop && isParameter(text.charCodeAt(at)) && text.charCodeAt(at - 1) !== 0x1b) at -= 1;
  const code = text.charCodeAt(at);
  if (code === 0x9b) return at;
  if (code === 0x5b) {
    const from = Math.max(least, at - LONGEST_INTRODUCER);
    const introducer = INTRODUCER.exec(text.slice(from, at));
    return introducer === null ? -1 : from + introducer.index;
  }
  if (at !== end - 2) return -1;
  if (code === 0x1b) return at;
  return code >= 0x28 && code <= 0x2f && at > least && text.charCodeAt(at - 1) === 0x1b ? at - 1 : -1;
}

/** Digits and `:;<=>?`, and the blank to `/` that may follow them. */
function isParameter(code: number): boolean {
  return code >= 0x20 && code <= 0x3f;
}

/**
 * Whether an escape ends there, so that its last letter is none of a word: `\n`, `\u0022`, `\x20`, `\033`, `%20`, or what
 * tells a terminal a colour. What lies before `floor` is not looked at.
 */
export function endsEscape(text: string, at: number, floor: number): boolean {
  const last = text.charCodeAt(at - 1);
  if (isHex(last)) {
    if (at - 3 >= floor && isHex(text.charCodeAt(at - 2))) {
      const third = text.charCodeAt(at - 3);
      if (third === 0x25) return true;
      if (at - 4 >= floor && isCoded(text, at, third, floor)) return true;
    }
  }
  if (at - 2 < floor) return false;
  if (text.charCodeAt(at - 2) === 0x5c) return isEscapeLetter(last);
  return beginOfControl(text, at, floor) !== -1;
}

/** `\xXX`, `\uXXXX` or `\ooo`, by its digits. */
function isCoded(text: string, at: number, third: number, floor: number): boolean {
  if (text.charCodeAt(at - 4) === 0x5c) return third === 0x78 || (third >= 0x30 && third <= 0x33);
  if (at - 6 < floor || text.charCodeAt(at - 6) !== 0x5c || text.charCodeAt(at - 5) !== 0x75) return false;
  return isHex(third) && isHex(text.charCodeAt(at - 4));
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** `\a \b \e \f \n \r \t \v`, `\0`. */
function isEscapeLetter(code: number): boolean {
  return code === 0x30 || (code < 128 && "abefnrtv".includes(String.fromCharCode(code)));
}
