import { resolve } from "node:path";
import { Argument, type Command, Option } from "commander";
import { ApiError, createClient, UnreachableError } from "#src/client/client.ts";
import { type Cli, examples, note, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import type { Agent, ConnectRequest, SettingsFile } from "#src/cli/connect/agent.ts";
import { claudeCode } from "#src/cli/connect/claude-code.ts";
import { codex } from "#src/cli/connect/codex.ts";
import { carryOut, type Change, planConnect, planDisconnect } from "#src/cli/connect/files.ts";
import { gemini } from "#src/cli/connect/gemini.ts";
import { opencode } from "#src/cli/connect/opencode.ts";
import { usageError } from "#src/cli/exit.ts";
import { readServerConfig } from "#src/cli/project-config.ts";
import { visible, visibleLines } from "#src/domain/visible.ts";

const AGENTS = { "claude-code": claudeCode, codex, gemini, opencode } as const satisfies Readonly<
  Record<string, Agent>
>;

type AgentName = keyof typeof AGENTS;

type Options = ServerOptions & {
  readonly project?: true;
  readonly user?: true;
  readonly dir: string;
  readonly print?: true;
  readonly undo?: true;
  readonly http?: true;
  readonly content?: true;
  readonly storeToken?: true;
};

/** A file, what was done to it, and where it was copied to before; null for no copy. */
type Done = { readonly path: string; readonly action: Change["action"]; readonly backup: string | null };

const CHECK_MS = 1500;
const NOTHING = "nothing was written";

/** `connect`: lets a coding agent tell the server what it does, by its own settings. */
export function addConnect(program: Command, cli: Cli): void {
  withServer(
    program.command("connect").description("let a coding agent report to the server, by its own settings"),
    "print what was done as JSON",
  )
    .addArgument(new Argument("<agent>", "whose settings").choices(Object.keys(AGENTS)))
    .addOption(new Option("--user", "in the settings of the user: all projects; the default").conflicts("project"))
    .option("--project", "in the settings of one project")
    .option("--dir <folder>", "the project's folder", ".")
    .option("--print", "show what belongs in which file, and write nothing")
    .option("--undo", "take out what an earlier call put in, for whatever address")
    .option("--content", "telemetry with prompts and answers; hooks and plugin send prompts anyway")
    .option("--http", "Claude Code: HTTP hooks, no process for each; they show a notice while no server runs")
    .option("--store-token", "write ORCHESTRATOR_TOKEN into settings of telemetry, which can name no variable")
    .addHelpText(
      "after",
      "\nSettings are merged: what is there stays as it is, a copy is made beside each file that changes, and a second call" +
        "\nchanges nothing. While no server runs, agents work as ever and show nothing of it.",
    )
    .addHelpText(
      "after",
      examples(
        "orchestrator connect claude-code",
        "orchestrator connect codex --print",
        "orchestrator connect opencode --project",
        "orchestrator connect gemini --undo",
      ),
    )
    .action((name: AgentName, options: Options) => connectAgent(cli, name, options));
}

async function connectAgent(cli: Cli, name: AgentName, options: Options): Promise<void> {
  const agent = AGENTS[name];
  const { request, token } = requestOf(cli, options);
  const files = agent.files(request);
  const isUndo = options.undo === true;
  if (options.print === true && !isUndo) return printFragments(cli, files, agent.notes(request));
  // All are planned before one is written: a file that cannot be merged into stops it.
  const changes = files.map(isUndo ? planDisconnect : planConnect);
  const isDry = options.print === true;
  const done = changes.map((change): Done => {
    const backup = isDry ? null : carryOut(change, cli.now());
    return { path: change.path, action: change.action, backup };
  });
  const isChanged = done.some(({ action }) => action !== "unchanged");
  const notes = isUndo ? [] : [...changes.flatMap((change) => change.notes), ...agent.notes(request)];
  const server = isUndo ? null : await serverNote(request, token);
  if (options.json === true) {
    printJson(cli, { agent: name, scope: request.scope, url: request.url, files: done, notes, server });
    return;
  }
  if (!isChanged) print(cli, isUndo ? `${agent.title} is not connected` : `${agent.title} is already connected`);
  print(cli, done.flatMap(doneLines));
  for (const text of notes) note(cli, visible(text));
  if (server !== null) note(cli, visible(server));
  if (isDry) note(cli, NOTHING);
  else if (isChanged) print(cli, isUndo ? `${agent.title} tells nothing any more` : nextStep(agent));
}

const nextStep = ({ title }: Agent) => `next: start a new session of ${title}, and see it with \`orchestrator status\``;

function doneLines({ path, action, backup }: Done): string[] {
  if (action === "unchanged") return [];
  return [`${action} ${visible(path)}`, ...(backup === null ? [] : [`  before: ${visible(backup)}`])];
}

function printFragments(cli: Cli, files: readonly SettingsFile[], notes: readonly string[]): void {
  print(
    cli,
    files.map(({ path, fragment }) => `# belongs in ${visible(path)}\n${visibleLines(fragment)}\n`),
  );
  for (const text of notes) note(cli, visible(text));
  note(cli, NOTHING);
}

function requestOf(cli: Cli, options: Options): { request: ConnectRequest; token: string | undefined } {
  const environment = cli.environment(options.envFile);
  const { url: given, token } = readServerConfig(environment, options.url);
  const { origin, pathname } = new URL(given);
  if (options.storeToken === true && !/^[!#-&(-[\]-~]+$/.test(token ?? "")) {
    throw usageError("--store-token needs a token in ORCHESTRATOR_TOKEN");
  }
  const request: ConnectRequest = {
    // It comes between quotes of a shell, and of TOML.
    url: (origin + pathname.replace(/\/+$/, "")).replaceAll(
      /['"$`\\!]/g,
      (character) => `%${character.charCodeAt(0).toString(16)}`,
    ),
    scope: options.project === true ? "project" : "user",
    project: resolve(options.dir),
    environment,
    storedToken: options.storeToken === true ? token! : null,
    usesToken: token !== undefined,
    isContentWanted: options.content === true,
    isHttpWanted: options.http === true,
  };
  return { request, token };
}

/** Whether the server answers now, and what it asks for. Never fails: agents are connected before a server runs, too. */
async function serverNote({ url, storedToken }: ConnectRequest, token: string | undefined): Promise<string> {
  try {
    const { version } = await createClient({ url, timeoutMs: CHECK_MS }).getHealth();
    const answers = `the server at ${url} answers: version ${version}`;
    return (await asksForToken(url)) ? `${answers}; ${tokenNote(token, storedToken)}` : answers;
  } catch (error) {
    const why = error instanceof UnreachableError || error instanceof ApiError ? error.message : String(error);
    return `${why}; start it with \`orchestrator\`, agents work without it meanwhile`;
  }
}

async function asksForToken(url: string): Promise<boolean> {
  try {
    await createClient({ url, timeoutMs: CHECK_MS }).listEvents({ limit: 1 });
    return false;
  } catch (error) {
    return error instanceof ApiError && error.status === 401;
  }
}

function tokenNote(token: string | undefined, storedToken: string | null): string {
  const variable = token === undefined ? "it asks for a token (scope ingest): set" : "it asks for a token: keep";
  const telemetry = storedToken === null ? "; telemetry needs --store-token besides" : "";
  return `${variable} ORCHESTRATOR_TOKEN where the agent starts${telemetry}`;
}
