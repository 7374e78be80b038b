/** A name whose value is a secret. */
export type SecretName = {
  readonly kind: string;
  /** The name's end, lower-case, without `_`, `-` and `.`. */
  readonly ending: string;
  /** Characters of the shortest value. */
  readonly least: number;
  /** Other things are called so too: then only a value that looks like a secret is one. */
  readonly isVague?: true;
  /** So is so much of prose that a value behind a colon and a blank is none. */
  readonly isWord?: true;
};

const name = (kind: string, least: number, ...endings: readonly string[]): SecretName[] =>
  endings.map((ending) => ({ kind, ending, least }));
const vague = (kind: string, ...endings: readonly string[]): SecretName[] =>
  endings.map((ending) => ({ kind, ending, least: 8, isVague: true }));

const NAMES: readonly SecretName[] = [
  ...name("password", 1, "password", "passwd", "passphrase", "pwd", "pgpassword"),
  ...name("password", 4, "passwords"),
  ...name("api_key", 6, "apikey", "apikeys", "apitoken", "xapikey"),
  ...name("secret", 6, "clientsecret", "appsecret", "secretkey", "secretkeybase", "webhooksecret", "signingsecret"),
  ...name("access_key", 16, "accesskey", "accountkey", "sharedaccesskey", "azurestoragekey"),
  ...name("private_key", 16, "privatekey", "encryptionkey", "signingkey", "masterkey", "deploykey"),
  ...name("token", 8, "accesstoken", "authtoken", "refreshtoken", "bearertoken", "sessiontoken", "idtoken"),
  ...name("signature", 40, "sig"),
  ...name("authorization", 6, "authorization"),
  ...name("cookie", 8, "cookie"),
  ...vague("token", "token"),
  ...vague("secret", "secret", "secrets"),
  ...vague("credentials", "credential", "credentials"),
];

/** Words by themselves, which words before them make a name: `DB_PASS`, and not `bypass`. */
const PASS: SecretName = { kind: "password", ending: "pass", least: 1 };
const BARE_PASS: SecretName = { ...PASS, least: 8, isVague: true, isWord: true };
const SERVICE_KEY = vague("api_key", "key")[0]!;
const SECRET_KEY = vague("secret", "key")[0]!;

const BEFORE_PASS = setOf(`db database sql mysql mariadb pg postgres postgresql mssql oracle mongo mongodb redis rabbit
  rabbitmq amqp mq kafka elastic elasticsearch es ldap bind sasl smtp mail email imap pop pop3 ftp sftp ssh http https
  proxy basic auth login user usr username admin root sa sudo become service svc server app api git docker registry repo
  nexus artifactory jenkins sonar wifi wp wordpress key keystore truststore store cert pfx p12 jks vault backup`);
const BEFORE_SERVICE_KEY = setOf(`openai anthropic claude gemini mistral groq cohere deepseek together replicate
  huggingface hf openrouter perplexity xai stripe twilio sendgrid mailgun slack github gitlab cloudflare datadog dd
  newrelic algolia pinecone supabase serpapi serper tavily elevenlabs azure subscription functions auth`);
const BEFORE_SECRET_KEY = setOf("jwt app hmac crypto cipher aes webhook");

/** What may follow a name without changing what it is, besides numbers. */
const BEHIND =
  setOf(`v prod production dev development stage staging test local live old new prev previous current backup
  confirm confirmation confirmed again repeat repeated verify verification value plain plaintext raw`);

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s{1,8}/));
}

/** Endings by their last letter, the longer first: most names end otherwise, and are done with at once. */
const BY_LAST_LETTER = new Map<string, SecretName[]>();
for (const one of [...NAMES].toSorted((a, b) => b.ending.length - a.ending.length)) {
  const last = one.ending.at(-1)!;
  BY_LAST_LETTER.set(last, [...(BY_LAST_LETTER.get(last) ?? []), one]);
}

/** By the code of the last letter: 1 where a name may end so. */
const LAST_LETTERS = new Uint8Array(128);
for (const ending of [...BY_LAST_LETTER.keys(), ...BEHIND, "0123456789"]) {
  for (const last of ending.length === 10 ? ending : ending.slice(-1)) {
    LAST_LETTERS[last.charCodeAt(0)] = 1;
    LAST_LETTERS[last.toUpperCase().charCodeAt(0)] = 1;
  }
}

/** Every name has one of these in it. */
const HINT = /pass|pwd|secret|token|key|sig|auth|cookie|cred/i;
const WORD = /[A-Z]{1,64}(?![a-z])|[A-Z]?[a-z]{1,64}|\d{1,64}/g;
/** So much of the end of a name is looked at. */
const LOOKED_AT = 128;
/** What is called a token and is no secret. */
const HARMLESS =
  /^(?:pwd|oldpwd)$|(?:next|page|pagination|continuation|cancel|cancellation|sync|eos|bos|pad|unk|stop|mask|special)token$/;

/** The last letter tells most names apart without looking at them. */
export function mayEndSecretName(code: number): boolean {
  return code < 128 && LAST_LETTERS[code] === 1;
}

/** What the value of this name is; null when it is no secret. */
export function secretName(given: string): SecretName | null {
  if (!mayEndSecretName(given.charCodeAt(given.length - 1))) return null;
  const end = given.length > LOOKED_AT ? given.slice(-LOOKED_AT) : given;
  if (!HINT.test(end)) return null;
  const words = (end.match(WORD) ?? []).map((word) => word.toLowerCase());
  while (words.length > 1 && isBehind(words.at(-1)!)) words.pop();
  const plain = words.join("");
  const found = BY_LAST_LETTER.get(plain.at(-1) ?? "")?.find(({ ending }) => plain.endsWith(ending));
  if (found === undefined) return byLastWord(words);
  if (HARMLESS.test(plain)) return null;
  return found.kind === "signature" && plain !== "sig" ? null : found;
}

function isBehind(word: string): boolean {
  return BEHIND.has(word) || /^\d/.test(word);
}

function byLastWord(words: readonly string[]): SecretName | null {
  const before = words.at(-2) ?? "";
  if (words.at(-1) === "pass") {
    if (before === "") return BARE_PASS;
    return BEFORE_PASS.has(before) ? PASS : null;
  }
  if (words.at(-1) !== "key") return null;
  if (BEFORE_SERVICE_KEY.has(before)) return SERVICE_KEY;
  return BEFORE_SECRET_KEY.has(before) ? SECRET_KEY : null;
}
