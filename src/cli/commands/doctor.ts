import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { ApiError, UnreachableError } from "#src/client/client.ts";
import { COMMIT, VERSION } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { inspectDatabase } from "#src/database/open.ts";
import { type Health, LOW_DISK_BYTES } from "#src/domain/health.ts";
import { ConfigError, type Config, readConfig } from "#src/platform/config.ts";
import { isLoopback, needsToken } from "#src/platform/loopback.ts";
import { megabytes } from "#src/platform/megabytes.ts";
import { type Cli, connect, examples, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { EXIT, CommandError, explain } from "#src/cli/exit.ts";
import { formatAge } from "#src/cli/format.ts";
import { folderFault, freeFor, isHere, portFault } from "#src/cli/machine.ts";
import { given } from "#src/cli/options.ts";
import { DEFAULT_FILE, type ProjectServer, readProjectServer } from "#src/cli/project-config.ts";
import { visible } from "#src/domain/visible.ts";

/** What one check found. `detail` says what is, and for what is not well what would help. */
export type Finding = {
  readonly check: "program" | "configuration" | "server" | "database" | "folder" | "port";
  readonly status: "ok" | "warning" | "failed";
  readonly detail: string;
};

type Options = ServerOptions & { readonly database?: string };

type OwnConfig = Config & { readonly project: ProjectServer | null };

type Examination = { readonly findings: readonly Finding[]; readonly isServerMissing: boolean };

/** What was found of the server, and its address once it has answered. */
type Server = { readonly finding: Finding; readonly url: string | null; readonly isMissing: boolean };

/** `doctor`: whether everything is there to run, and what is not. */
export function addDoctor(program: Command, cli: Cli): void {
  const command = program.command("doctor").description("check server, versions, database, port and folder");
  withServer(command, "print the findings as JSON")
    .option("--database <file>", "in place of DATABASE_PATH, and of that of the project here")
    .addHelpText("after", examples("orchestrator doctor", "orchestrator doctor --json"))
    .addHelpText("after", "\nChanges nothing. Exits with 1 when a check fails, with 5 when only the server is missing.")
    .action((options: Options) => doctor(cli, options));
}

async function doctor(cli: Cli, options: Options): Promise<void> {
  const { findings, isServerMissing } = await examine(cli, options);
  if (options.json === true) printJson(cli, findings);
  else
    print(
      cli,
      findings.map((finding) => line(cli, finding)),
    );
  const failed = findings.filter(({ status }) => status === "failed").map(({ check }) => check);
  if (failed.length === 0) return;
  const code = isServerMissing && failed.length === 1 ? EXIT.unreachable : EXIT.failure;
  throw new CommandError(`not well: ${failed.join(", ")}`, code);
}

function line({ paint }: Cli, { check, status, detail }: Finding): string {
  const mark = { ok: paint.green("ok     "), warning: paint.yellow("warning"), failed: paint.red("failed ") }[status];
  return `${mark}  ${check.padEnd(13)}  ${visible(detail)}`;
}

async function examine(cli: Cli, options: Options): Promise<Examination> {
  const commit = COMMIT === null ? "from source" : `commit ${COMMIT}`;
  const system = `${process.platform} ${process.arch}, Bun ${Bun.version}`;
  const program: Finding = { check: "program", status: "ok", detail: `orchestrator ${VERSION} (${commit}), ${system}` };
  const config = readOwnConfig(cli, options);
  const server = await examineServer(cli, options, config instanceof ConfigError ? null : config.project);
  const isServerMissing = server.isMissing;
  if (config instanceof ConfigError) {
    const configuration: Finding = { check: "configuration", status: "failed", detail: config.lines.join("; ") };
    return { findings: [program, configuration, server.finding], isServerMissing };
  }
  const { databasePath: path, host, port } = config;
  const inspection = await inspectDatabase(path, config.backupDir);
  const where = `${host}:${port}, ${path}${config.project === null ? "" : ` (of the project here, ${DEFAULT_FILE})`}`;
  const findings: Finding[] = [
    program,
    found("configuration", tokenFault(config, inspection, cli.now()), where),
    server.finding,
    examineDatabase(path, inspection),
    examineFolder(path),
    examinePort(config, server.url),
  ];
  return { findings, isServerMissing };
}

/** A server that other machines reach does not start without a token that can be used. */
function tokenFault({ host, apiToken }: Config, { tokensUntil }: Inspection, now: number): string | null {
  const isOpen = isLoopback(host) || apiToken !== null || (tokensUntil !== null && tokensUntil > now);
  return isOpen ? null : needsToken(host);
}

function found(check: Finding["check"], fault: string | null, well: string): Finding {
  return fault === null ? { check, status: "ok", detail: well } : { check, status: "failed", detail: fault };
}

/** What a server here would run with: the project's, in a project's folder. */
function readOwnConfig(cli: Cli, { envFile, database }: Options): OwnConfig | ConfigError {
  try {
    const environment = cli.environment(envFile);
    const config = readConfig({ ...environment, ...given({ DATABASE_PATH: database }) });
    const project = readProjectServer(environment);
    if (project === null) return { ...config, project };
    const databasePath = database ?? project.databasePath ?? config.databasePath;
    return { ...config, port: project.port, databasePath, project };
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

async function examineServer(cli: Cli, options: ServerOptions, project: ProjectServer | null): Promise<Server> {
  let url: string | null = null;
  try {
    const client = connect(cli, options);
    const { version, uptime_s: uptime, checks } = await client.getHealth();
    url = client.url;
    // Health is open to everybody; this needs a token where the server wants one.
    await client.listEvents();
    const detail = `${client.url} answers: version ${version}, up ${formatAge(uptime * 1000)}`;
    const warnings = [
      ...(version === VERSION ? [] : [`this program is ${VERSION}: update the older one`]),
      ...troublesOf(checks),
    ];
    const status = warnings.length === 0 ? "ok" : "warning";
    return { finding: { check: "server", status, detail: [detail, ...warnings].join("; ") }, url, isMissing: false };
  } catch (error) {
    const troubles = error instanceof ApiError ? troublesOf(error.problem["checks"]) : [];
    if (troubles.length > 0) {
      url = connect(cli, options).url;
      const detail = `${url} is not healthy: ${troubles.join("; ")}`;
      return { finding: { check: "server", status: "failed", detail }, url, isMissing: false };
    }
    const isMissing = error instanceof UnreachableError;
    const start = project === null ? "orchestrator" : "cd orchestrator_web && bun run dev";
    const help = isMissing ? `; start it with \`${start}\`` : "";
    return { finding: { check: "server", status: "failed", detail: reasonOf(error) + help }, url, isMissing };
  }
}

/** What is not well among the checks of `/health`; older servers have none. */
function troublesOf(checks: unknown): string[] {
  if (typeof checks !== "object" || checks === null) return [];
  return Object.entries(checks as Partial<Health["checks"]>).flatMap(([name, check]) => {
    if (check.status === "ok") return [];
    const reason = "reason" in check && check.reason !== null ? ` (${check.reason})` : "";
    const detail = "detail" in check && check.detail !== null ? `: ${check.detail}` : "";
    return [`${name} ${check.status}${reason}${detail}`];
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return `not asked: ${error.lines.join("; ")}`;
  const explained = explain(error);
  if (explained === null) throw error;
  return explained.message;
}

function examineDatabase(path: string, inspection: Inspection): Finding {
  const { engine, kind, schema, newest, bytes, mode, fault, advice } = inspection;
  const check = "database";
  if (fault !== null) {
    // A check of the pages tells its faults on lines of their own; some faults name the file.
    const why = fault.replaceAll(/\s*\n\s*/g, "; ");
    const detail = why.includes(path) ? why : `${path}: ${why}`;
    return { check, status: "failed", detail: advice === null ? detail : `${detail}; ${advice}` };
  }
  if (kind === "missing" || kind === "empty") {
    return { check, status: "ok", detail: `${path} will be made at the first start (${engine})` };
  }
  if (kind === "interrupted") {
    const detail = `${path}: a program that wrote it was cut off; who opens it next takes back what that left`;
    return { check, status: "warning", detail };
  }
  const size = megabytes(bytes);
  if (kind === "ancestor") {
    return { check, status: "ok", detail: `${path} (TAC Bootstrap, ${size}) will be adopted at the first start` };
  }
  const detail = `${path} opens and passes its check: schema ${schema} of ${newest}, ${size}, ${engine}${freeText(path)}`;
  if (mode !== null && (mode & 0o077) !== 0 && process.platform !== "win32") {
    return { check, status: "warning", detail: `${detail}; others may read it: chmod 600 ${path}` };
  }
  return { check, status: "ok", detail };
}

/** Roughly: it changes all the time, and only little of it is news. */
function freeText(path: string): string {
  const free = freeFor(path);
  if (free === null || free < LOW_DISK_BYTES) return "";
  const mb = 2 ** Math.floor(Math.log2(free / 2 ** 20));
  return `, more than ${mb < 1024 ? `${mb} MB` : `${mb / 1024} GB`} free`;
}

function examineFolder(path: string): Finding {
  const folder = dirname(resolve(path));
  const finding = found("folder", folderFault(path), `${folder} can be written`);
  const free = freeFor(path);
  if (finding.status !== "ok" || free === null || free >= LOW_DISK_BYTES) return finding;
  const detail = `${folder}: its disk has ${megabytes(free)} left; free some space, or writes will be refused`;
  return { check: "folder", status: "warning", detail };
}

/** A port in use is well when it is this server's. */
function examinePort({ host, port }: Config, serverUrl: string | null): Finding {
  if (port === 0) return { check: "port", status: "ok", detail: "a free one is taken at the start" };
  if (serverUrl !== null && isHere(new URL(serverUrl), host, port))
    return { check: "port", status: "ok", detail: `${port} is in use by the server` };
  return found("port", portFault(host, port), `${port} on ${host} is free`);
}
