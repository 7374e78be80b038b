/** A name whose value is a secret. */
export type SecretName = {
  readonly kind: string;
  /** The name's end, lower-case, without `_`, `-` and `.`. */
  readonly ending: string;
  /** Characters of the shortest value. */
  readonly least: number;
  /** Other things are called so too: then only a value that looks like a secret is one. */
  readonly isVague?: true;
};

const name = (kind: string, least: number, ...endings: readonly string[]): SecretName[] =>
  endings.map((ending) => ({ kind, ending, least }));
const vague = (kind: string, ...endings: readonly string[]): SecretName[] =>
  endings.map((ending) => ({ kind, ending, least: 8, isVague: true }));

const NAMES: readonly SecretName[] = [
  ...name("password", 1, "password", "passwd", "passphrase", "pwd", "pgpassword"),
  ...name("api_key", 6, "apikey", "apikeys", "apitoken", "xapikey"),
  ...name("secret", 6, "clientsecret", "appsecret", "secretkey", "secretkeybase", "webhooksecret", "signingsecret"),
  ...name("access_key", 16, "accesskey", "accountkey", "sharedaccesskey", "azurestoragekey"),
  ...name("private_key", 16, "privatekey", "encryptionkey", "signingkey", "masterkey", "deploykey"),
  ...name("token", 8, "accesstoken", "authtoken", "refreshtoken", "bearertoken", "sessiontoken", "idtoken"),
  ...name("signature", 40, "sig"),
  ...name("authorization", 6, "authorization"),
  ...name("cookie", 8, "cookie"),
  ...vague("token", "token"),
  ...vague("secret", "secret"),
  ...vague("credentials", "credential", "credentials"),
];

/** Endings by their last letter, the longer first: most names end otherwise, and are done with at once. */
const BY_LAST_LETTER = new Map<string, SecretName[]>();
for (const one of [...NAMES].toSorted((a, b) => b.ending.length - a.ending.length)) {
  const last = one.ending.at(-1)!;
  BY_LAST_LETTER.set(last, [...(BY_LAST_LETTER.get(last) ?? []), one]);
}

/** What is called a token and is no secret. */
const HARMLESS =
  /^(?:pwd|oldpwd)$|(?:next|page|pagination|continuation|cancel|cancellation|sync|eos|bos|pad|unk|stop|mask|special)token$/;

/** The last letter tells most names apart without looking at them. */
export function mayEndSecretName(letter: string): boolean {
  return BY_LAST_LETTER.has(letter.toLowerCase());
}

/** What the value of this name is; null when it is no secret. */
export function secretName(given: string): SecretName | null {
  const candidates = BY_LAST_LETTER.get(given.at(-1)?.toLowerCase() ?? "");
  if (candidates === undefined) return null;
  const plain = given.replaceAll(/[_.-]/g, "").toLowerCase();
  const found = candidates.find(({ ending }) => plain.endsWith(ending));
  if (found === undefined || HARMLESS.test(plain)) return null;
  return found.kind === "signature" && plain !== "sig" ? null : found;
}

/** How a value stands behind its name. */
export type Standing = "quoted" | "joined" | "apart";

const STAND_IN = new Set(
  `null none nil undefined true false yes no on off string str text number int integer bool boolean any unknown object
  bytes required optional hidden redacted masked secret value default empty example changeme placeholder todo tbd
  sha1 sha256 sha384 sha512 md5 argon2 argon2i argon2id bcrypt scrypt pbkdf2 base64 utf8 await new this self input
  expect function const`.split(/\s{1,8}/),
);
/** `$NAME`, `${NAME}`, `%NAME%`, `{{name}}`, `<name>`, `***`, `•••`, `…`, `xxx`, `...`, and what was redacted before. */
const PLACEHOLDER = /^(?:[$<{*•…#]|%[A-Za-z{(]|@[A-Za-z{]|\[|x{3,64}$|X{3,64}$|\.{2,64}$|-{2,64}$|_{2,64}$|\?{2,64}$)/;
/** Part of it is put in later, or was redacted. */
const INTERPOLATED = /\$\{|\{\{|#\{|\[redacted:/;
const ASKS_FOR =
  /^(?:your|my|the|some|any|enter|insert|change|replace|put|add|set|example|sample|dummy|test|fake)[\W_]/i;
/** Named like what it holds: a variable, a label, or a stand-in such as `user_password`. */
const NAMES_ITSELF = /^(?=.{0,40}(?:pass|pwd|secret|token|key|credential|auth|cookie))[a-z_.$-]{1,48}\d{0,2}$/i;
const PATH = /^(?:~|\.{1,2})?\/[\w.-]{1,64}\/|^[A-Za-z]:\\/;
/** A call, an index, or a chain of names: code. */
const CODE = /^[A-Za-z_$][\w$.?!]{0,200}[([]|^[A-Za-z_$][\w$]{0,64}(?:[?!]?\.[A-Za-z_$][A-Za-z_$]{0,64}){1,8}!?$/;
const LETTERS = /^[A-Za-z_$-]{1,256}$/;
const DIGITS = /^[\d.,:]{1,256}$/;

/** Whether a value stands for a secret instead of being one, however it is written. */
function isPlaceholder(value: string): boolean {
  return (
    value === "" ||
    PLACEHOLDER.test(value) ||
    INTERPOLATED.test(value) ||
    STAND_IN.has(value.toLowerCase()) ||
    (ASKS_FOR.test(value) && !/\d/.test(value))
  );
}

/**
 * Whether the value of a name in a text is a secret, and not code or prose. Of a long one the first 256 characters are
 * enough.
 */
export function isSecretValue({ kind, least, isVague }: SecretName, value: string, standing: Standing): boolean {
  if (value.length < least || isPlaceholder(value)) return false;
  if (NAMES_ITSELF.test(value)) return false;
  if ((isVague || kind === "private_key") && PATH.test(value)) return false;
  if (isVague) return isTokenLike(value);
  if (standing === "quoted") return true;
  if (CODE.test(value)) return false;
  if (standing === "joined") return value.length >= Math.max(least, 4) || !LETTERS.test(value);
  return value.length >= Math.max(least, 6) && !LETTERS.test(value) && !DIGITS.test(value);
}

/** Whether a string under such a key of JSON is a secret. Of a long one the first 256 characters are enough. */
export function isSecretString({ isVague, kind }: SecretName, whole: string): boolean {
  const value = whole.slice(0, 256);
  if (isPlaceholder(value)) return false;
  if (kind === "cookie") return value.includes("=");
  if (kind === "signature") return value.length >= 40;
  if (kind === "authorization") return /\s|\d/.test(value) || value.length >= 16;
  return !isVague || isTokenLike(value);
}

/** Long enough to be drawn by lot, with a digit, and not a name in code, a path or a number. */
function isTokenLike(value: string): boolean {
  if (/[\s(){}[\]]/.test(value) || DIGITS.test(value) || PATH.test(value)) return false;
  return value.length >= 8 && /\d/.test(value) && !CODE.test(value);
}
