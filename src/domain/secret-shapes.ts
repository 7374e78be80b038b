import { endOfGap, endsEscape } from "./escapes.ts";
import { matchValue } from "./secret-assignment.ts";
import { type SecretName, secretName } from "./secret-names.ts";
import type { Secret } from "./secret-patterns.ts";

const PASSWORD: SecretName = { kind: "password", ending: "password", least: 1 };
const LETTERS = /^[A-Za-z_$-]{1,256}$/;
const LOOKED_AT = 256;

const FLAG = /-{1,2}([a-z][\w-]{1,40})(\\{0,4}["'],?[ \t\r\n]{1,16}(?=\\{0,4}["'])|\\{0,4}["'],(?=\\{0,4}["'])|)/iy;
const CURL_USER = /-(?:u[ \t]{0,4}|-(?:proxy-)?user[ \t=]{1,4})(?:\\{0,4}["'])?[^\s"'`:\\$<{[]{1,64}:/y;
const SHORT_PASSWORD = /-p(?!ort|rot|ass|lug|rint)(?=[ \t]{0,4}[^\s-])/y;

/** `--password value`, `-password value`, `"--password", "value"`, and the options of some programs. */
export function matchOption(text: string, at: number, floor: number): Secret | null {
  if (at > floor && /[\w-]/.test(text.charAt(at - 1)) && !endsEscape(text, at, floor)) return null;
  FLAG.lastIndex = at;
  const [, given, quoted] = FLAG.exec(text) ?? [];
  const name = given === undefined ? null : secretName(given);
  if (name === null) return matchOfProgram(text, at, floor);
  const end = FLAG.lastIndex;
  const from = endOfGap(text, end);
  if ((from === end && quoted === "") || /^[\\"']{0,5}-/.test(text.slice(from, from + 6))) return null;
  return matchValue(text, from, name, "apart");
}

/** `curl -u user:password`, `sshpass -p password`, `docker login -p password`, `mysql -ppassword`. */
function matchOfProgram(text: string, at: number, floor: number): Secret | null {
  CURL_USER.lastIndex = at;
  if (CURL_USER.test(text)) {
    if (!before(text, at, 400, floor).includes("curl")) return null;
    return matchValue(text, CURL_USER.lastIndex, PASSWORD, "joined");
  }
  SHORT_PASSWORD.lastIndex = at;
  if (!SHORT_PASSWORD.test(text)) return null;
  const from = endOfGap(text, SHORT_PASSWORD.lastIndex);
  if (from === SHORT_PASSWORD.lastIndex) {
    return /\b(?:mysql|mariadb)[\w-]{0,16}[ \t]/.test(before(text, at, 128, floor))
      ? matchValue(text, from, PASSWORD, "joined")
      : null;
  }
  if (/sshpass[ \t]{1,4}$/.test(before(text, at, 16, floor))) return matchValue(text, from, PASSWORD, "joined");
  return /\blogin[ \t]/.test(before(text, at, 128, floor)) ? matchValue(text, from, PASSWORD, "apart") : null;
}

/** What stands before on the same line, behind what is redacted: that is another text the next time. */
function before(text: string, at: number, length: number, floor: number): string {
  const slice = text.slice(Math.max(floor, at - length), at);
  return slice.slice(Math.max(slice.lastIndexOf("\n"), slice.lastIndexOf("[redacted:")) + 1);
}

const TUPLE = /[[(]\s{0,4}\\{0,4}["']([A-Za-z][\w-]{1,63})\\{0,4}["'],\s{0,4}(?=\\{0,4}["'])/y;
const END_OF_TUPLE = /\\{0,4}["'],?\s{0,4}[\])]/y;

/** `["X-Api-Key", "value"]` in a list of such. */
export function matchTuple(text: string, at: number, floor: number): Secret | null {
  TUPLE.lastIndex = at;
  const given = TUPLE.exec(text)?.[1];
  const name = given === undefined ? null : secretName(given);
  if (name === null || !/[[(,]\s{0,16}$/.test(text.slice(Math.max(floor, at - 16), at))) return null;
  const secret = matchValue(text, TUPLE.lastIndex, name, "quoted");
  if (secret === null || LETTERS.test(text.slice(secret.from, Math.min(secret.to, secret.from + LOOKED_AT))))
    return null;
  END_OF_TUPLE.lastIndex = secret.to;
  return END_OF_TUPLE.test(text) ? secret : null;
}

const ELEMENT = /<([A-Za-z][\w.:-]{1,63})(?:[ \t][^<>]{0,200})?>(?=[^<>\s{])/y;
const CONTENT = /[^<>\s]{1,64}/y;
const CLOSING = /<\\{0,4}\//y;

/** `<password>value</password>`. */
export function matchElement(text: string, at: number): Secret | null {
  ELEMENT.lastIndex = at;
  const given = ELEMENT.exec(text)?.[1];
  const name = given === undefined ? null : secretName(given);
  if (name === null) return null;
  const secret = matchValue(text, ELEMENT.lastIndex, name, "quoted", CONTENT);
  if (secret === null) return null;
  CLOSING.lastIndex = secret.to;
  return CLOSING.test(text) ? secret : null;
}

const NETRC = /login[ \t\r\n]{1,16}[^\s:=,;]{1,128}[ \t\r\n]{1,16}password[ \t]{1,16}(?=\S)/y;
const OF_HOST = /(?:\bmachine\s{1,8}(?:[\w-]{1,64}\.[\w.-]{1,64}|localhost)|\bdefault)\s{1,16}$/;

/** `machine host login user password value`. */
export function matchNetrc(text: string, at: number, floor: number): Secret | null {
  NETRC.lastIndex = at;
  if (!NETRC.test(text)) return null;
  const from = NETRC.lastIndex;
  const isOfHost = OF_HOST.test(text.slice(Math.max(floor, at - 160), at));
  return matchValue(text, from, PASSWORD, isOfHost ? "joined" : "apart");
}
