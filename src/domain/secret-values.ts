import type { SecretName } from "./secret-names.ts";

/** How a value stands behind its name; `environment`: joined to one in capitals, as in a shell. */
export type Standing = "quoted" | "environment" | "joined" | "apart";

const STAND_IN = new Set(
  `null none nil undefined true false yes no on off string str text number int integer bool boolean any unknown object
  bytes required optional hidden redacted masked secret value default empty example changeme placeholder todo tbd
  sha1 sha256 sha384 sha512 md5 argon2 argon2i argon2id bcrypt scrypt pbkdf2 base64 utf8 await new this self input
  expect function const`.split(/\s{1,8}/),
);
/** What is put in later, to its closing sign: `${NAME}`, `$(command)`, `{{name}}`, `<name>`, `%NAME%`, `[name]`, `%(name)s`. */
const ENCLOSED =
  /\$\$?\{[^{}]{0,200}\}|\$\([^()]{0,200}\)|\{\{[^{}]{0,200}\}\}|<[^<>]{1,254}>|%[A-Za-z_]\w{0,63}%|%?\{[A-Za-z_.]{1,64}\}|\[[A-Za-z :_-]{1,64}\]|%\(\w{1,64}\)[a-z]/y;
/** Where a value without quotes is at its end. */
const END = /(?=[\s"'`,;&)\]}<>|\\])|$/y;
/** `$NAME` and `$name` (a digit only behind capitals), `$1`, `%s`, `***`, `•••`, `…`, `xxx`, `...`. */
const SIGNS =
  /^(?:\$\$?(?:[A-Z_][A-Z\d_]{0,63}|[A-Za-z_]{1,64}|\d|env:\w{1,64})|%[A-Za-z]|[*•●…._?#-]{1,256}|[xX*•●…._?#-]{3,256})$/;
/** Part of it is put in later, or was redacted. */
const INTERPOLATED = /[$#]\{[^{}]{0,200}\}|\{\{[^{}]{0,200}\}\}/;
/** As it looks in a value that ends at the first bracket. */
const INTERPOLATED_OPEN = /[$#]\{|\{\{|\[redacted:/;
const ASKS_FOR =
  /^(?:your|my|the|some|any|enter|insert|change|replace|put|add|set|example|sample|dummy|test|fake)(?:[ _.-][a-z]{1,32}){1,8}[ _-]?\d?(?:\.{3}|…)?$/i;
/** A variable or a label; with a digit it is one only where code stands. */
const LABEL = /^[a-z_.$-]{1,48}\d{0,2}$/i;
const WORD_BORDER = /[_.$-]|(?<=[a-z])(?=[A-Z])/;
const OWN_WORDS = new Set(
  `pass password passwords passwd passphrase pwd secret secrets token tokens key keys credential credentials auth cookie
  cookies apikey secretkey accesskey privatekey accesstoken authtoken refreshtoken`.split(/\s{1,8}/),
);
const PATH = /^(?:~|\.{1,2})?\/[\w.-]{1,64}\/|^[A-Za-z]:\\/;
/** A call, an index, a chain of names, or what a bracket opens: code. */
const CODE =
  /^[A-Za-z_$][\w$.?!]{0,200}[([]|^[A-Za-z_$][\w$]{0,64}(?:[?!]?\.[A-Za-z_$][A-Za-z_$]{0,64}){1,8}!?$|^\$[A-Za-z_]\w{0,64}-$|^@{1,2}[A-Za-z_]{1,64}$/;
const OPENS = /^[{<[(]/;
const LETTERS = /^[A-Za-z_$-]{1,256}$/;
const DIGITS = /^[\d.,:]{1,256}$/;

/** Whether a placeholder stands there, whole. */
export function isPlaceholderAt(text: string, at: number): boolean {
  ENCLOSED.lastIndex = at;
  if (!ENCLOSED.test(text)) return false;
  END.lastIndex = ENCLOSED.lastIndex;
  return END.test(text);
}

/** Whether a value stands for a secret instead of being one, however it is written. */
function isPlaceholder(value: string): boolean {
  if (value === "" || SIGNS.test(value) || STAND_IN.has(value.toLowerCase()) || ASKS_FOR.test(value)) return true;
  ENCLOSED.lastIndex = 0;
  return (ENCLOSED.test(value) && ENCLOSED.lastIndex === value.length) || INTERPOLATED.test(value);
}

/**
 * Whether the value of a name in a text is a secret, and not code or prose. Of a long one the first 256 characters are
 * enough.
 */
export function isSecretValue(name: SecretName, value: string, standing: Standing): boolean {
  const { kind, least, isVague, isWord } = name;
  if (value.length < least || isPlaceholder(value) || namesItself(value, standing)) return false;
  if ((isVague || kind === "private_key") && PATH.test(value)) return false;
  if (isWord && standing === "apart") return false;
  if (standing === "quoted") return !value.includes("[redacted:") && (!isVague || isTokenLike(value));
  if (INTERPOLATED_OPEN.test(value)) return false;
  return isVague ? isTokenLike(value) : isPlainSecret(value, least, standing);
}

/** Named like what it holds, such as `user_password` or `hashedPassword`: a word of it says so, and not a part of one. */
function namesItself(value: string, standing: Standing): boolean {
  if (!LABEL.test(value)) return false;
  if (/\d$/.test(value) && (standing === "quoted" || standing === "environment")) return false;
  return value.split(WORD_BORDER).some((word) => OWN_WORDS.has(word.toLowerCase().replace(/\d{1,2}$/, "")));
}

/** Without quotes: code has such values too, and prose. */
function isPlainSecret(value: string, least: number, standing: Standing): boolean {
  if (CODE.test(value) || (standing !== "environment" && OPENS.test(value))) return false;
  if (standing === "apart") return value.length >= Math.max(least, 6) && !LETTERS.test(value) && !DIGITS.test(value);
  return value.length >= Math.max(least, 4) || !LETTERS.test(value);
}

/** Whether a string under such a key of JSON is a secret. Of a long one the first 256 characters are enough. */
export function isSecretString({ isVague, kind }: SecretName, whole: string): boolean {
  const value = whole.slice(0, 256);
  if (isPlaceholder(value)) return false;
  if (kind === "cookie") return whole.includes("=");
  if (kind === "signature") return value.length >= 40;
  if (kind === "authorization") return /\s|\d/.test(value) || value.length >= 16;
  return !isVague || isTokenLike(value);
}

/** Long enough to be drawn by lot, with a digit, and not a name in code, a path or a number. */
function isTokenLike(value: string): boolean {
  if (/[\s(){}[\]]/.test(value) || DIGITS.test(value) || PATH.test(value)) return false;
  return value.length >= 8 && /\d/.test(value) && !CODE.test(value);
}

/** What a sentence about a password has in it. */
const ASKS = /\b(?:enter|must|your|invalid|required|please|wrong|is|the|a[nt]|password)\b[^=]/i;
const ASCII = /^[ -~]{1,256}$/;
const MIXED = /[A-Za-z]\d|\d[A-Za-z]/;

/** Whether a quoted value with blanks may be a secret: others are sentences about one. */
export function mayHaveBlanks({ ending, kind, isVague }: SecretName, value: string, standing: Standing): boolean {
  if (/[\r\n]/.test(value) || isVague) return false;
  if (ending === "passphrase") return true;
  if (kind !== "password") return false;
  if (standing === "environment") return !ASKS.test(value);
  const words = value.split(/\s/);
  return (
    MIXED.test(value) &&
    ASCII.test(value) &&
    words.every((word) => word.length <= 2 || !/^[A-Za-z]{1,64}[.,:;!?]?$/.test(word))
  );
}
