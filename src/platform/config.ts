import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { parseEnv } from "node:util";
import { z } from "zod";
import { LOG_LEVELS, type LogThreshold } from "./log.ts";

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
      .transform((text) => text.split(",").map((origin) => origin.trim()))
      .pipe(z.array(Origin)),
    allowed: "origins separated by commas, such as http://localhost:5173",
  },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS), allowed: LOG_LEVELS.join(", ") },
  RETENTION_DAYS: { schema: whole(MOST_DAYS), allowed: `days from 1 to ${MOST_DAYS}, or 0 to keep` },
  RUN_RETENTION_DAYS: { schema: whole(MOST_DAYS), allowed: `days from 1 to ${MOST_DAYS}, or 0 to keep` },
  CHANGES_KEEP: { schema: whole(MOST_CHANGES), allowed: `a number from 0 to ${MOST_CHANGES}` },
  MAX_DATABASE_MB: {
    schema: whole(MOST_MB, LEAST_MB),
    allowed: `megabytes from ${LEAST_MB} to ${MOST_MB}, or 0 for no limit`,
  },
} as const;

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
  for (const [name, { schema, allowed }] of Object.entries(VARIABLES)) {
    const held = environment[name];
    if (held === undefined || held === "") continue;
    const result = schema.safeParse(held);
    if (result.success) values[name] = result.data;
    else wrong.push(`${name} holds ${JSON.stringify(held)}; it may hold ${allowed}`);
  }
  if (wrong.length > 0) throw new ConfigError(wrong);
  return withDefaults(values as Values);
}

function withDefaults(values: Values): Config {
  const webUiPort = values.WEB_UI_PORT ?? 5173;
  // As browsers write them: without a port that is the scheme's own.
  const webUiOrigins = ["localhost", "127.0.0.1"].map((host) => new URL(`http://${host}:${webUiPort}`).origin);
  return {
    databasePath: values.DATABASE_PATH ?? "./data/orchestrator.db",
    host: values.HOST ?? "127.0.0.1",
    port: values.PORT ?? values.WEBSOCKET_PORT ?? 8000,
    corsOrigins: values.CORS_ORIGINS ?? webUiOrigins,
    logLevel: values.LOG_LEVEL ?? "info",
    retentionDays: values.RETENTION_DAYS ?? 30,
    runRetentionDays: values.RUN_RETENTION_DAYS ?? 365,
    changesKeep: values.CHANGES_KEEP ?? 1_000_000,
    maxDatabaseMb: values.MAX_DATABASE_MB ?? 4096,
  };
}

/** How a program that talks to a server finds it. */
export type ClientConfig = { readonly url: string; readonly token: string | undefined };

/**
 * Where the server is: the address given, else `ORCHESTRATOR_URL`, else where a server started with these variables
 * listens. The token is `ORCHESTRATOR_TOKEN`. Throws `ConfigError`.
 */
export function readClientConfig(environment: Environment, given?: string): ClientConfig {
  const { ORCHESTRATOR_URL: named, ORCHESTRATOR_TOKEN: token } = environment;
  const [name, url] = given === undefined ? ["ORCHESTRATOR_URL", named || servedAt(environment)] : ["--url", given];
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    const held = JSON.stringify(url);
    throw new ConfigError([`${name} holds ${held}; it may hold an address such as http://127.0.0.1:8000`]);
  }
  const { username, password } = new URL(url);
  // Not repeated: it may be a secret.
  if (username !== "" || password !== "") {
    throw new ConfigError([`${name} holds a name or password: give a token by ORCHESTRATOR_TOKEN instead`]);
  }
  return { url, token: token || undefined };
}

function servedAt(environment: Environment): string {
  const { host, port } = readConfig(environment);
  if (port === 0)
    throw new ConfigError(["the server takes a free port: give its address by --url or ORCHESTRATOR_URL"]);
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}

/** Whether to print in colour: `NO_COLOR` and `FORCE_COLOR` win over what the terminal can. */
export function wantsColor(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR: never, FORCE_COLOR: always, TERM: term } = environment;
  if (never !== undefined && never !== "") return false;
  if (always !== undefined && always !== "") return always !== "0" && always !== "false";
  return isTerminal && term !== "dumb";
}
