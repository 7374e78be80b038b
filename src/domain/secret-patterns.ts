import { endOfGap, endsEscape } from "./escapes.ts";
import { endOfMatch, endOfRun } from "./sticky.ts";

/** Where a secret stands in a text, and of which kind it is. */
export type Secret = { readonly from: number; readonly to: number; readonly kind: string };

/** A token that is known by how it begins. */
export type TokenPattern = {
  readonly kind: string;
  /** How it begins. */
  readonly start: string;
  /** The least that makes it one, sticky: every repeat has a bound, so that a try costs no more than that. */
  readonly least: RegExp;
  /** What belongs to it behind the least: taken whole, however much that is. */
  readonly rest: RegExp;
};

const WORD = /[\w-]{1,64}/y;
const ALNUM = /[A-Za-z0-9]{1,64}/y;
const DOTTED = /[\w.-]{1,64}/y;
const NOTHING = /(?!)/y;

/** Letters, digits, `_` and `-`: so many of them at least. */
const word = (kind: string, start: string, least: number): TokenPattern => token(kind, start, `[\\w-]{${least}}`, WORD);
const alnum = (kind: string, start: string, least: number): TokenPattern =>
  token(kind, start, `[A-Za-z0-9]{${least}}`, ALNUM);
/** Just so long: what goes on is something else. */
const exact = (kind: string, start: string, body: string): TokenPattern =>
  token(kind, start, `${body}(?![A-Za-z0-9])`, NOTHING);

function token(kind: string, start: string, body: string, rest: RegExp): TokenPattern {
  const literal = start.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  return { kind, start, least: new RegExp(literal + body, "y"), rest };
}

/** So that names in code and words joined by hyphens are none: there is a digit among the first letters. */
const DIGIT = "(?=[A-Za-z_-]{0,60}\\d)";

/** The tokens that are known by how they begin, the more special before the less. */
export const TOKENS: readonly TokenPattern[] = [
  token("anthropic_key", "sk-ant-", `${DIGIT}[\\w-]{20}`, WORD),
  ...["proj", "svcacct", "admin", "None"].map((which) =>
    token("openai_key", `sk-${which}-`, `${DIGIT}[\\w-]{20}`, WORD),
  ),
  word("openrouter_key", "sk-or-", 20),
  word("langfuse_key", "sk-lf-", 20),
  // Also the keys of who took over this form (DeepSeek, Moonshot and others).
  token("openai_key", "sk-", `${DIGIT}[A-Za-z0-9]{20}`, WORD),
  word("google_api_key", "AIza", 35),
  token("google_oauth", "ya29.", "[\\w-]{20}", DOTTED),
  word("google_oauth", "GOCSPX-", 20),
  alnum("groq_key", "gsk_", 40),
  alnum("xai_key", "xai-", 40),
  alnum("replicate_token", "r8_", 32),
  alnum("perplexity_key", "pplx-", 40),
  alnum("huggingface_token", "hf_", 30),
  word("tavily_key", "tvly-", 24),

  token("github_token", "ghs_", "\\d{1,12}_eyJ[\\w-]{8}", DOTTED),
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((start) => alnum("github_token", start, 36)),
  token("github_token", "github_pat_", "[A-Za-z0-9]{20}", WORD),
  ...["pat", "dt", "rt", "ptt", "cbt", "ft", "soat", "imt", "agent", "oas", "runner"].map((which) =>
    token("gitlab_token", `gl${which}-`, `${DIGIT}[\\w-]{20}`, DOTTED),
  ),
  word("atlassian_token", "ATATT3x", 40),
  word("atlassian_token", "ATBB", 28),

  ...["AKIA", "ASIA", "ABIA", "ACCA"].map((start) => exact("aws_access_key", start, "[A-Z0-9]{16}")),
  ...["dop_v1_", "doo_v1_", "dor_v1_"].map((start) => exact("digitalocean_token", start, "[a-f0-9]{64}")),
  token("vault_token", "hvs.", "[\\w-]{24}", WORD),
  token("vault_token", "hvb.", "[\\w-]{24}", WORD),
  alnum("doppler_token", "dp.pt.", 40),
  exact("databricks_token", "dapi", "[a-f0-9]{32}"),
  exact("supabase_key", "sbp_", "[a-f0-9]{40}"),
  token("supabase_key", "sb_secret_", `${DIGIT}[\\w-]{20}`, WORD),
  word("netlify_token", "nfp_", 36),

  ...["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xoxo-", "xapp-"].map((start) =>
    token("slack_token", start, `${DIGIT}[\\w.-]{10}`, DOTTED),
  ),
  ...["discord.com", "discordapp.com"].map((host) =>
    token("discord_webhook", `${host}/api/webhooks/`, "\\d{15,22}/[\\w-]{40}", WORD),
  ),
  // In base64 an id of digits begins so.
  ...["MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"].map((start) =>
    token("discord_token", start, "[A-Za-z0-9]{21,26}\\.[\\w-]{6}\\.[\\w-]{27}", WORD),
  ),
  token("slack_webhook", "hooks.slack.com/services/", "T\\w{5,20}/B\\w{5,20}/\\w{16}", WORD),
  ...["sk_live_", "sk_test_", "rk_live_", "rk_test_"].map((start) => alnum("stripe_key", start, 16)),
  token("stripe_key", "whsec_", `${DIGIT}[A-Za-z0-9+/=]{24}`, /[A-Za-z0-9+/=]{1,64}/y),
  token("sendgrid_key", "SG.", "[\\w-]{20,24}\\.[\\w-]{30}", WORD),
  exact("mailgun_key", "key-", "[a-f0-9]{32}"),
  exact("twilio_key", "SK", "[a-f0-9]{32}"),
  ...["shpat_", "shpca_", "shppa_", "shpss_"].map((start) => exact("shopify_token", start, "[a-fA-F0-9]{32}")),
  ...["sq0atp-", "sq0csp-"].map((start) => word("square_token", start, 22)),

  alnum("npm_token", "npm_", 36),
  word("pypi_token", "pypi-AgE", 40),
  exact("rubygems_key", "rubygems_", "[a-f0-9]{48}"),
  word("sentry_token", "sntrys_", 40),
  token("grafana_token", "glsa_", "[A-Za-z0-9]{32}", WORD),
  word("grafana_token", "glc_", 40),
  alnum("linear_key", "lin_api_", 40),
  alnum("notion_token", "ntn_", 40),
  word("figma_token", "figd_", 36),
  token("postman_key", "PMAK-", "[a-f0-9]{24}", WORD),
  alnum("age_key", "AGE-SECRET-KEY-1", 50),
  word("orchestrator_token", "orc_", 32),
];

const JWT = /eyJ[\w-]{8,1024}\.eyJ[\w-]{8}/y;
const AZURE_SECRET = /[\w.~-]{3}\dQ~[\w.~-]{31}/y;
const AZURE_SIGN = /[\w.~-]{1,64}/y;
/** What stands before its `~`. */
const AZURE_BEFORE = 5;
const BEARER = /bearer/iy;
const BEARER_VALUE = /(?=[\w.~+/=-]{0,60}\d)[\w.~+/=-]{16}/y;
const BEARER_REST = /[\w.~+/=-]{1,64}/y;
const BASIC = /basic/iy;
const BASIC_VALUE = /(?=([A-Za-z0-9+/]{8,512}(?:={1,2}|(?![A-Za-z0-9+/=]))))/y;
const NAME_AND_PASSWORD = /^[\x20-\x39\x3b-\x7e]{0,200}:[\x20-\x7e]{1,400}$/;
const URL_PASSWORD = /:\/\/[^\s/@:[\]"'`<>?#\\]{0,128}:(?=([^\s/"'`<>?#\\]{1,256})@)/y;
/** `%` begins what was encoded, so that `%NAME%` is the only placeholder with one. */
const URL_PLACEHOLDER =
  /^(?:\$\w{1,64}|[$#]?\{{1,2}[^{}]{0,200}\}{1,2}|%[A-Za-z_]\w{0,63}%|%[sdv]|\[[\w :-]{1,80}\]|\*{1,64}|x{2,64}|\.{2,64})$/i;

const KEY_HEAD = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const KEY_FOOT = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const KEY_GAP = /(?:\s|\\{1,4}[nrt]){1,32}/y;
const KEY_HEADER = /(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): [^\r\n\\]{0,200}/y;
const KEY_LINE = /[A-Za-z0-9+/=]{16,128}/y;
const KEY_LAST_LINE = /[A-Za-z0-9+/=]{1,15}(?=(?:\s|\\{1,4}[nrt]){0,8}-----END)|={1,2}[A-Za-z0-9+/]{4}/y;

export function matchToken(pattern: TokenPattern, text: string, at: number): Secret | null {
  const least = endOfMatch(pattern.least, text, at);
  return least === -1 ? null : { from: at, to: endOfRun(pattern.rest, text, least), kind: pattern.kind };
}

/**
 * Inside a run of its own characters none begins: so that no run is tried from more than one place. What lies before
 * `floor` is a secret itself.
 */
export function matchJwt(text: string, at: number, floor: number): Secret | null {
  if (at > floor && /[\w-]/.test(text.charAt(at - 1)) && !endsEscape(text, at, floor)) return null;
  const least = endOfMatch(JWT, text, at);
  return least === -1 ? null : { from: at, to: endOfRun(DOTTED, text, least), kind: "jwt" };
}

/** @param at where its `~` is */
export function matchAzureSecret(text: string, at: number, floor: number): Secret | null {
  const from = at - AZURE_BEFORE;
  if (from < floor) return null;
  if (from > floor && endOfMatch(AZURE_SIGN, text, from - 1) !== -1 && !endsEscape(text, from, floor)) return null;
  const least = endOfMatch(AZURE_SECRET, text, from);
  return least === -1 ? null : { from, to: endOfRun(AZURE_SIGN, text, least), kind: "azure_secret" };
}

const TELEGRAM = /:AA[\w-]{30}/y;
/** The number of its bot; a path of the service has `bot` before it. */
const BOT = /(?:bot)?(\d{8,12})$/;
const LONGEST_BOT = 15;

/** @param at where the colon behind the number of its bot is */
export function matchTelegram(text: string, at: number, floor: number): Secret | null {
  const least = endOfMatch(TELEGRAM, text, at);
  const bot = least === -1 ? null : BOT.exec(text.slice(Math.max(floor, at - LONGEST_BOT), at));
  if (bot === null) return null;
  const start = at - bot[0].length;
  if (start > floor && /[A-Za-z0-9]/.test(text.charAt(start - 1)) && !endsEscape(text, start, floor)) return null;
  return { from: at - bot[1]!.length, to: endOfRun(WORD, text, least), kind: "telegram_token" };
}

/** The token behind the word, if it is none of prose. */
export function matchBearer(text: string, at: number): Secret | null {
  const from = behindWord(BEARER, text, at);
  const least = from === -1 ? -1 : endOfMatch(BEARER_VALUE, text, from);
  return least === -1 ? null : { from, to: endOfRun(BEARER_REST, text, least), kind: "bearer" };
}

/** The base64 behind the word, if it holds `name:password`. */
export function matchBasic(text: string, at: number): Secret | null {
  const from = behindWord(BASIC, text, at);
  if (from === -1) return null;
  BASIC_VALUE.lastIndex = from;
  const value = BASIC_VALUE.exec(text)?.[1];
  if (value === undefined || !holdsNameAndPassword(value)) return null;
  return { from, to: from + value.length, kind: "basic_auth" };
}

/** Where the gap behind a word ends; -1 without the word or a gap. */
function behindWord(pattern: RegExp, text: string, at: number): number {
  const end = endOfMatch(pattern, text, at);
  const from = end === -1 ? -1 : endOfGap(text, end);
  return from === end ? -1 : from;
}

function holdsNameAndPassword(base64: string): boolean {
  const plain = base64.replace(/={0,2}$/, "");
  return plain.length % 4 !== 1 && NAME_AND_PASSWORD.test(atob(plain));
}

/** `scheme://name:password@host`, from its colon on. */
export function matchUrlPassword(text: string, at: number): Secret | null {
  URL_PASSWORD.lastIndex = at;
  const value = URL_PASSWORD.exec(text)?.[1];
  if (value === undefined || URL_PLACEHOLDER.test(value) || value.includes("[redacted:")) return null;
  return { from: URL_PASSWORD.lastIndex, to: URL_PASSWORD.lastIndex + value.length, kind: "url_password" };
}

/** A private key in PEM, also one that is cut off and one with escaped line ends. The head alone is no secret. */
export function matchPrivateKey(text: string, at: number): Secret | null {
  let end = endOfMatch(KEY_HEAD, text, at);
  if (end === -1) return null;
  let lines = 0;
  for (;;) {
    const next = endOfKeyGap(text, end);
    const foot = endOfMatch(KEY_FOOT, text, next);
    if (foot !== -1) return lines === 0 ? null : { from: at, to: foot, kind: "private_key" };
    const line = firstMatch([KEY_HEADER, KEY_LINE, KEY_LAST_LINE], text, next);
    if (line === -1) return lines === 0 ? null : { from: at, to: end, kind: "private_key" };
    lines += 1;
    end = line;
  }
}

/** Blanks, line ends, escaped ones, and colours. */
function endOfKeyGap(text: string, at: number): number {
  let end = at;
  for (;;) {
    const next = endOfGap(text, endOfRun(KEY_GAP, text, end));
    if (next === end) return end;
    end = next;
  }
}

function firstMatch(patterns: readonly RegExp[], text: string, at: number): number {
  for (const pattern of patterns) {
    const end = endOfMatch(pattern, text, at);
    if (end !== -1) return end;
  }
  return -1;
}
