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
  };
}
