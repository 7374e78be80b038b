import type { Command } from "commander";
import { type Cli, examples, note, print } from "#src/cli/cli.ts";
import { CommandError } from "#src/cli/exit.ts";
import { openBrowser } from "#src/cli/open-browser.ts";
import { given } from "#src/cli/options.ts";
import { readProjectServer } from "#src/cli/project-config.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { type Environment, readConfig } from "#src/platform/config.ts";
import { createLog } from "#src/platform/log.ts";
import { isEveryAddress } from "#src/platform/loopback.ts";

type Options = {
  readonly envFile?: string;
  readonly port?: string;
  readonly host?: string;
  readonly database?: string;
  readonly open?: true;
};

export const VARIABLES = `DATABASE_PATH, WEBSOCKET_PORT (or PORT), HOST, WEB_UI_PORT, CORS_ORIGINS, LOG_LEVEL,
  RETENTION_DAYS, RUN_RETENTION_DAYS, CHANGES_KEEP, MAX_DATABASE_MB, ALLOWED_HOSTS, API_TOKEN, RATE_LIMIT, REDACT,
  REDACT_PATTERNS, BACKUP_DIR, BACKUP_EVERY_HOURS, BACKUP_KEEP,
  QUIET_AFTER, LOST_AFTER`;

/** `serve`: the server; what the program does when no command is given. */
export function addServe(program: Command, cli: Cli): void {
  program
    .command("serve")
    .description("serve the registry, the runtime and the live feed (default)")
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--port <port>", "in place of PORT and WEBSOCKET_PORT; 0 takes a free one")
    .option("--host <host>", "in place of HOST")
    .option("--database <file>", "in place of DATABASE_PATH")
    .option("--open", "open the dashboard in the browser")
    .addHelpText("after", `\nVariables: ${VARIABLES}`)
    .addHelpText("after", examples("orchestrator", "DATABASE_PATH=~/agents.db WEBSOCKET_PORT=9000 orchestrator serve"))
    .action((options: Options) => serve(cli, options));
}

async function serve(cli: Cli, options: Options): Promise<void> {
  const environment = withFlags(cli.environment(options.envFile), options);
  const config = readConfig(environment);
  const project = environment["DATABASE_PATH"] ? null : readProjectServer(environment);
  if (project !== null) note(cli, `the orchestrator of this project is another one: ${ITS_START}`);
  // Loaded here: no other command needs a server.
  const { ListenError, startServer } = await import("#src/server.ts");
  const interrupted = cli.interrupted();
  cli.terminal.outliveReaders();
  const log = createLog(config.logLevel);
  const server = await startServer({ config, log }).catch((error: unknown) => {
    if (error instanceof DatabaseUnusable || error instanceof ListenError) throw new CommandError(error.message);
    throw error;
  });
  print(cli, `Orchestrator listening on ${server.url}`);
  print(cli, `Dashboard at ${server.url}/dashboard, API reference at ${server.url}/docs`);
  print(cli, `Database in ${config.databasePath}`);
  // No browser can go to "every address", and none takes it for a safe one.
  const shown = isEveryAddress(config.host) ? `http://localhost:${new URL(server.url).port}` : server.url;
  const failure = options.open ? openBrowser(`${shown}/dashboard`) : null;
  if (failure !== null) note(cli, `no browser was opened: ${failure}`);
  if (isEveryAddress(config.host) && config.allowedHosts.length === 0) {
    note(cli, "other machines must ask for it by a name in ALLOWED_HOSTS, where there is none yet: they get 403");
  }
  const lost = await Promise.race([aborted(interrupted), server.lost]);
  await server.stop();
  if (lost !== null) throw new CommandError(lost.message);
}

const ITS_START = "cd orchestrator_web && bun run dev";

function withFlags(environment: Environment, { port, host, database }: Options): Environment {
  return { ...environment, ...given({ PORT: port, HOST: host, DATABASE_PATH: database }) };
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
