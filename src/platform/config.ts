import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { parseEnv } from "node:util";
import { z } from "zod";
import { DURATIONS, parseDuration } from "./duration.ts";
import { LOG_LEVELS, type LogThreshold } from "./log.ts";
import { isLoopback } from "./loopback.ts";
import { parseRedactPatterns, type RedactPattern } from "./redact-patterns.ts";

/** How the server was asked to run. Every value comes from the environment. */
export type Config = {
  readonly databasePath: string;
  readonly host: string;
  readonly port: number;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogThreshold;
  /** Days that logs are kept; 0 keeps them. */
  readonly retentionDays: number;
  /** Days that finished agents are kept, with their prompts; 0 keeps them. */
  readonly runRetentionDays: number;
  /** How many of the newest changes are kept; 0 keeps all. */
  readonly changesKeep: number;
  /** Megabytes (1,048,576 bytes) of database file and WAL together; 0 is no limit. */
  readonly maxDatabaseMb: number;
  /** Names under which requests may ask for this server beside loopback and `host`, with a port or for any. */
  readonly allowedHosts: readonly string[];
  /** A token with the scope `admin` that is not stored. */
  readonly apiToken: string | null;
  /** Commands a second that one token, or address without one, may send; 0 is no limit. */
  readonly rateLimit: number;
  /** Whether what looks like a secret is kept out of the store. */
  readonly redact: boolean;
  /** What looks like one beside the known kinds. */
  readonly redactPatterns: readonly RedactPattern[];
  /** Folder of the scheduled backups; null for none. */
  readonly backupDir: string | null;
  readonly backupEveryHours: number;
  /** How many scheduled backups are kept. */
  readonly backupKeep: number;
  /** Milliseconds after which an alive agent that nothing comes of is quiet, or lost; null for never. */
  readonly quietAfterMs: number | null;
  readonly lostAfterMs: number | null;
};

/** Variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Some variables hold what they may not: one line for each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().max(65_535));

const Origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text);

/** A whole number written with digits only; 0, or at least `least`. */
const whole = (most: number, least = 0) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .refine((number) => number <= most && (number === 0 || number >= least));

/** A hundred years. */
const MOST_DAYS = 36_500;
const MOST_CHANGES = 1_000_000_000;
const LEAST_MB = 16;
/** What SQLite can address, in megabytes. */
const MOST_MB = 16_777_216;

const MOST_HOURS = 8_760;
const MOST_BACKUPS = 10_000;
const MOST_COMMANDS = 1_000_000;
/** Commands a second, where the server is not for this machine alone. */
const RATE_OUTSIDE_LOOPBACK = 100;

/** A name or address, as a Host header has it. */
const HOST_HEADER = /^(\[[\da-f:.]+\]|[a-z\d]([a-z\d.-]{0,251}[a-z\d])?)(:\d{1,5})?$/;

const QUIET_AFTER_MS = 5 * 60_000;
const LOST_AFTER_MS = 60 * 60_000;

const Duration = z.string().transform((text, context) => {
  const millis = parseDuration(text);
  if (millis !== undefined) return millis;
  context.addIssue("no duration");
  return z.NEVER;
});

const list = (text: string) => text.split(",").map((item) => item.trim());

function redactPatterns(text: string, context: z.RefinementCtx): readonly RedactPattern[] {
  try {
    return parseRedactPatterns(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}

const VARIABLES = {
  DATABASE_PATH: {
    schema: z.string().refine((path) => path !== ":memory:" && !path.startsWith("file:") && !path.includes("\0")),
    allowed: "the path of a file (:memory: cannot be shared by two connections)",
  },
  WEBSOCKET_PORT: { schema: Port, allowed: "a port from 0 to 65535" },
  PORT: { schema: Port, allowed: "a port from 0 to 65535" },
  WEB_UI_PORT: { schema: Port, allowed: "a port from 0 to 65535" },
  HOST: {
    schema: z
      .string()
      .refine((host) => isIP(host) !== 0 || /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/.test(host)),
    allowed: "an address or a host name to listen on, such as 127.0.0.1",
  },
  CORS_ORIGINS: {
    schema: z
      .string()
      .transform((text) => (text === "none" ? [] : list(text)))
      .pipe(z.array(Origin)),
    allowed: "origins separated by commas, such as http://localhost:5173, or none",
  },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS), allowed: LOG_LEVELS.join(", ") },
  RETENTION_DAYS: { schema: whole(MOST_DAYS), allowed: `days from 1 to ${MOST_DAYS}, or 0 to keep` },
  RUN_RETENTION_DAYS: { schema: whole(MOST_DAYS), allowed: `days from 1 to ${MOST_DAYS}, or 0 to keep` },
  CHANGES_KEEP: { schema: whole(MOST_CHANGES), allowed: `a number from 0 to ${MOST_CHANGES}` },
  MAX_DATABASE_MB: {
    schema: whole(MOST_MB, LEAST_MB),
    allowed: `megabytes from ${LEAST_MB} to ${MOST_MB}, or 0 for no limit`,
  },
  ALLOWED_HOSTS: {
    schema: z
      .string()
      .transform((text) => list(text.toLowerCase()))
      .pipe(z.array(z.string().regex(HOST_HEADER))),
    allowed: "host names or addresses separated by commas, with or without a port, such as build.example:8000",
  },
  API_TOKEN: {
    schema: z.string().regex(/^[!-~]{8,512}$/),
    allowed: "8 to 512 letters, digits and signs of ASCII without a blank",
    isSecret: true,
  },
  RATE_LIMIT: {
    schema: whole(MOST_COMMANDS),
    allowed: `commands a second, from 1 to ${MOST_COMMANDS}, or 0 for no limit`,
  },
  REDACT: { schema: z.enum(["on", "off"]), allowed: "on, off" },
  REDACT_PATTERNS: {
    schema: z.string().transform(redactPatterns),
    allowed:
      "patterns of RE2 that never match nothing, separated by commas, each alone or behind its kind, such as corp:CORP-[0-9]{6}",
  },
  BACKUP_DIR: {
    schema: z.string().refine((path) => !path.includes("\0")),
    allowed: "the path of a folder",
  },
  BACKUP_EVERY_HOURS: {
    schema: whole(MOST_HOURS).refine((hours) => hours > 0),
    allowed: `hours from 1 to ${MOST_HOURS}`,
  },
  BACKUP_KEEP: {
    schema: whole(MOST_BACKUPS).refine((count) => count > 0),
    allowed: `a number from 1 to ${MOST_BACKUPS}`,
  },
  QUIET_AFTER: { schema: Duration, allowed: DURATIONS },
  LOST_AFTER: { schema: Duration, allowed: DURATIONS },
} as const satisfies Record<string, Variable>;

/** What a variable may hold. What a secret holds is never shown. */
type Variable = { readonly schema: z.ZodType; readonly allowed: string; readonly isSecret?: true };
type Values = { [Name in keyof typeof VARIABLES]?: z.output<(typeof VARIABLES)[Name]["schema"]> };

/** The variables of this process, with those of a file (`NAME=value` lines) for what it does not set itself. */
export function readEnvironment(envFile?: string): Environment {
  if (envFile === undefined) return process.env;
  try {
    const own = Object.entries(process.env).filter(([, value]) => value !== "");
    return { ...parseEnv(readFileSync(envFile, "utf8")), ...Object.fromEntries(own) };
  } catch (error) {
    throw new ConfigError([`--env-file ${envFile} cannot be read: ${(error as Error).message}`]);
  }
}

/** Reads the configuration; an empty variable counts as not set. Throws `ConfigError` naming every wrong one. */
export function readConfig(environment: Environment): Config {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, { schema, allowed, isSecret }] of Object.entries<Variable>(VARIABLES)) {
    const held = environment[name];
    if (held === undefined || held === "") continue;
    const result = schema.safeParse(held);
    if (result.success) values[name] = result.data;
    else wrong.push(`${name} holds ${isSecret ? "something else" : JSON.stringify(held)}; it may hold ${allowed}`);
  }
  if (wrong.length > 0) throw new ConfigError(wrong);
  const config = withDefaults(values as Values);
  if (config.quietAfterMs !== null && config.lostAfterMs !== null && config.lostAfterMs < config.quietAfterMs) {
    const held = JSON.stringify(environment["LOST_AFTER"]);
    throw new ConfigError([`LOST_AFTER holds ${held}; it may hold no less than QUIET_AFTER, or off`]);
  }
  return config;
}

function withDefaults(values: Values): Config {
  const webUiPort = values.WEB_UI_PORT ?? 5173;
  // As browsers write them: without a port that is the scheme's own.
  const webUiOrigins = ["localhost", "127.0.0.1"].map((host) => new URL(`http://${host}:${webUiPort}`).origin);
  const host = values.HOST ?? "127.0.0.1";
  return {
    databasePath: values.DATABASE_PATH ?? "./data/orchestrator.db",
    host,
    port: values.PORT ?? values.WEBSOCKET_PORT ?? 8000,
    corsOrigins: values.CORS_ORIGINS ?? webUiOrigins,
    logLevel: values.LOG_LEVEL ?? "info",
    retentionDays: values.RETENTION_DAYS ?? 30,
    runRetentionDays: values.RUN_RETENTION_DAYS ?? 365,
    changesKeep: values.CHANGES_KEEP ?? 1_000_000,
    maxDatabaseMb: values.MAX_DATABASE_MB ?? 4096,
    ...protectionOf(values, host),
    backupDir: values.BACKUP_DIR ?? null,
    backupEveryHours: values.BACKUP_EVERY_HOURS ?? 24,
    backupKeep: values.BACKUP_KEEP ?? 7,
    ...silenceOf(values),
  };
}

function protectionOf(values: Values, host: string) {
  return {
    allowedHosts: values.ALLOWED_HOSTS ?? [],
    apiToken: values.API_TOKEN ?? null,
    rateLimit: values.RATE_LIMIT ?? (isLoopback(host) ? 0 : RATE_OUTSIDE_LOOPBACK),
    redact: values.REDACT !== "off",
    redactPatterns: values.REDACT_PATTERNS ?? [],
  };
}

/** Null is never, and was asked for. */
function silenceOf({ QUIET_AFTER: quiet = QUIET_AFTER_MS, LOST_AFTER: lost }: Values) {
  return { quietAfterMs: quiet, lostAfterMs: lost === undefined ? Math.max(LOST_AFTER_MS, quiet ?? 0) : lost };
}

/** Whether to print in colour: `NO_COLOR` and `FORCE_COLOR` win over what the terminal can. */
export function wantsColor(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR: never, FORCE_COLOR: always, TERM: term } = environment;
  if (never !== undefined && never !== "") return false;
  if (always !== undefined && always !== "") return always !== "0" && always !== "false";
  return isTerminal && term !== "dumb";
}
