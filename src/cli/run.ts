import { parseArgs } from "node:util";
import { VERSION } from "#src/assets.ts";
import { serve } from "./serve.ts";

const HELP = `Usage: orchestrator [serve] [options]

Serves the registry, runtime and live feed of AI coding agents on one SQLite file.

Options:
  --env-file FILE  read variables from FILE; those of the environment win
  --version        print the version
  --help           print this

Variables: DATABASE_PATH, WEBSOCKET_PORT (or PORT), HOST, WEB_UI_PORT, CORS_ORIGINS, LOG_LEVEL

Examples:
  orchestrator
  DATABASE_PATH=~/agents.db WEBSOCKET_PORT=9000 orchestrator serve
`;

const OPTIONS = {
  "env-file": { type: "string" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Runs the command line; returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    console.error(`${parsed} (see --help)`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true) return print(HELP.trimEnd());
  if (values.version === true) return print(VERSION);
  const [command = "serve", ...rest] = positionals;
  if (command !== "serve" || rest.length > 0) {
    console.error(`unknown command "${positionals.join(" ")}": there is "serve" (see --help)`);
    return 2;
  }
  return serve(values["env-file"]);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return (error as Error).message;
  }
}

function print(text: string): number {
  console.log(text);
  return 0;
}
