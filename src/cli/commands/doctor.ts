import type { Command } from "commander";
import { type Client, UnreachableError } from "#src/client/client.ts";
import { COMMIT, VERSION } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { inspectDatabase } from "#src/database/open.ts";
import { ConfigError, type Config, readConfig } from "#src/platform/config.ts";
import { type Cli, connect, examples, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { EXIT, CommandError, explain } from "#src/cli/exit.ts";
import { formatAge } from "#src/cli/format.ts";
import { folderFault, portFault } from "#src/cli/place.ts";
import { visible } from "#src/cli/visible.ts";

/** What one check found. `detail` says what is, and for what is not well what would help. */
export type Finding = {
  readonly check: "program" | "configuration" | "server" | "database" | "folder" | "port";
  readonly status: "ok" | "warning" | "failed";
  readonly detail: string;
};

/** `doctor`: whether everything is there to run, and what is not. */
export function addDoctor(program: Command, cli: Cli): void {
  withServer(program.command("doctor").description("check server, versions, database, port and folder"))
    .addHelpText("after", examples("orchestrator doctor", "orchestrator doctor --json"))
    .addHelpText("after", "\nChanges nothing. Exits with 1 when a check fails, with 5 when only the server is missing.")
    .action((options: ServerOptions) => doctor(cli, options));
}

async function doctor(cli: Cli, options: ServerOptions): Promise<void> {
  const findings = await examine(cli, options);
  if (options.json === true) printJson(cli, findings);
  else
    print(
      cli,
      findings.map((finding) => line(cli, finding)),
    );
  const failed = findings.filter(({ status }) => status === "failed").map(({ check }) => check);
  if (failed.length === 0) return;
  const code = failed.every((check) => check === "server") ? EXIT.unreachable : EXIT.failure;
  throw new CommandError(`not well: ${failed.join(", ")}`, code);
}

function line({ paint }: Cli, { check, status, detail }: Finding): string {
  const mark = { ok: paint.green("ok     "), warning: paint.yellow("warning"), failed: paint.red("failed ") }[status];
  return `${mark}  ${check.padEnd(13)}  ${visible(detail)}`;
}

async function examine(cli: Cli, options: ServerOptions): Promise<Finding[]> {
  const commit = COMMIT === null ? "from source" : `commit ${COMMIT}`;
  const system = `${process.platform} ${process.arch}, Bun ${Bun.version}`;
  const program: Finding = { check: "program", status: "ok", detail: `orchestrator ${VERSION} (${commit}), ${system}` };
  const config = readOwnConfig(cli, options);
  const server = await examineServer(cli, options);
  if (config instanceof ConfigError) {
    return [program, { check: "configuration", status: "failed", detail: config.lines.join("; ") }, server];
  }
  return [
    program,
    { check: "configuration", status: "ok", detail: `${config.host}:${config.port}, ${config.databasePath}` },
    server,
    examineDatabase(config.databasePath, await inspectDatabase(config.databasePath)),
    found("folder", folderFault(config.databasePath), "the database's folder can be written"),
    await examinePort(config, server.status === "ok" ? connect(cli, options) : null),
  ];
}

function found(check: Finding["check"], fault: string | null, well: string): Finding {
  return fault === null ? { check, status: "ok", detail: well } : { check, status: "failed", detail: fault };
}

function readOwnConfig(cli: Cli, { envFile }: ServerOptions): Config | ConfigError {
  try {
    return readConfig(cli.environment(envFile));
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

async function examineServer(cli: Cli, options: ServerOptions): Promise<Finding> {
  try {
    const client = connect(cli, options);
    const { version, uptime_s: uptime } = await client.getHealth();
    // Health is open to everybody; this needs a token where the server wants one.
    await client.listEvents();
    const detail = `${client.url} answers: version ${version}, up ${formatAge(uptime * 1000)}`;
    if (version === VERSION) return { check: "server", status: "ok", detail };
    return {
      check: "server",
      status: "warning",
      detail: `${detail}; this program is ${VERSION}: update the older one`,
    };
  } catch (error) {
    const explained = explain(error);
    if (explained === null) throw error;
    const help = error instanceof UnreachableError ? "; start it with `orchestrator`" : "";
    return { check: "server", status: "failed", detail: explained.message + help };
  }
}

function examineDatabase(path: string, { engine, kind, schema, newest, bytes, mode, fault }: Inspection): Finding {
  const check = "database";
  if (fault !== null) return { check, status: "failed", detail: `${path}: ${fault}` };
  if (kind === "missing" || kind === "empty") {
    return { check, status: "ok", detail: `${path} will be made at the first start (${engine})` };
  }
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
  if (kind === "ancestor") {
    return { check, status: "ok", detail: `${path} (TAC Bootstrap, ${size}) will be adopted at the first start` };
  }
  const detail = `${path} opens and passes its check: schema ${schema} of ${newest}, ${size}, ${engine}`;
  if (mode !== null && (mode & 0o077) !== 0 && process.platform !== "win32") {
    return { check, status: "warning", detail: `${detail}; others may read it: chmod 600 ${path}` };
  }
  return { check, status: "ok", detail };
}

/** A port in use is well when it is this server's. */
async function examinePort({ host, port }: Config, client: Client | null): Promise<Finding> {
  if (port === 0) return { check: "port", status: "ok", detail: "a free one is taken at the start" };
  if (client !== null && Number(new URL(client.url).port || 80) === port) {
    return { check: "port", status: "ok", detail: `${port} is in use by the server` };
  }
  return found("port", portFault(host, port), `${port} on ${host} is free`);
}
