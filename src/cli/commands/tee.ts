import { basename } from "node:path";
import { type Command, Option } from "commander";
import { type Cli, connect, examples, note, print } from "#src/cli/cli.ts";
import { CommandError, EXIT, explain, usageError } from "#src/cli/exit.ts";
import { endAs, exitCodeOf, passThrough, type ProgramEnd } from "#src/cli/tee/pass-through.ts";
import { deliverKept, type Left } from "#src/cli/tee/kept-runs.ts";
import { startReporting } from "#src/cli/tee/reporting.ts";
import { createSpool, type GrowingSpool, spoolFolder } from "#src/cli/tee/spool.ts";
import { visible } from "#src/domain/visible.ts";
import { type Client, createClient } from "#src/client/client.ts";
import { STREAM_SOURCES, type StreamSource } from "#src/domain/lines-taken.ts";
import { newUuid } from "#src/platform/ids.ts";
import { stateFolder } from "#src/platform/state-folder.ts";

type Options = {
  readonly source?: StreamSource;
  readonly session?: string;
  readonly url?: string;
  readonly envFile?: string;
  readonly deliver?: true;
  readonly all?: true;
  readonly quiet?: true;
};

/** A report is not waited for. */
const TIMEOUT_MS = 5_000;
/** What is delivered on its own may take longer. */
const DELIVER_TIMEOUT_MS = 30_000;

/** `tee`: runs an agent, passes its output on, and reports it as it goes. */
export function addTee(program: Command, cli: Cli): void {
  program
    .command("tee")
    .description("run a coding agent that prints lines of JSON, pass its output on, and report it as it goes")
    .argument("[command...]", "the agent and its arguments, behind --")
    .addOption(
      new Option("--source <agent>", "whose output it is; default by the name of the command").choices(STREAM_SOURCES),
    )
    .option("--session <id>", "the agent's id of its session, where its lines do not tell it")
    .option(
      "--url <url>",
      "address of the server; default ORCHESTRATOR_URL, then that of the project here or of `serve`",
    )
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option(
      "--deliver",
      "deliver what is kept of earlier runs, each to its server, and run nothing; with --url its own",
    )
    .option("--all", "with --deliver: all that is kept to one server, also what is kept for others")
    .option("--quiet", "say nothing of reports that are kept for later")
    .passThroughOptions()
    .addHelpText(
      "after",
      "\nThe command has our input and errors, and its output is passed on byte for byte; we end as it ends. When the server\n" +
        "does not answer, its lines are kept in XDG_STATE_HOME (default ~/.local/state)/orchestrator/spool, and delivered by\n" +
        "the next tee to that server, or by --deliver: each line once. The variables' token goes to their server, or to --url.\n" +
        "Prints nothing of its own to stdout but what --deliver did.",
    )
    .addHelpText(
      "after",
      examples(
        'orchestrator tee --source codex -- codex exec --json "Fix issue 42"',
        'orchestrator tee -- claude -p --output-format stream-json --verbose "Fix issue 42" | jq .type',
        "orchestrator tee --deliver",
      ),
    )
    .action((command: string[], options: Options) =>
      options.deliver === true ? deliver(cli, command, options) : tee(cli, command, options),
    );
}

async function deliver(cli: Cli, command: readonly string[], options: Options): Promise<void> {
  if (command.length > 0) throw usageError("--deliver runs no command");
  const folder = folderOf(cli, options);
  const signal = cli.interrupted();
  const { delivered, left } = await deliverKept(folder, { clientFor: receivers(cli, options), now: cli.now, signal });
  if (delivered.size + left.size === 0) print(cli, "nothing is kept");
  for (const [url, runs] of delivered) print(cli, visible(`delivered ${runsText(runs)} to ${url}`));
  if (left.size > 0) throw stillKept([...left], folder);
}

/** Each run goes to its own server, unless one is named. */
function receivers(cli: Cli, options: Options): (url: string) => Client | null {
  const named = connect(cli, options, DELIVER_TIMEOUT_MS);
  if (options.all === true) return () => named;
  if (options.url !== undefined) return (url) => (url === named.url ? named : null);
  // The token is for the server that the variables name, and for no other.
  return (url) => (url === named.url ? named : createClient({ url, timeoutMs: DELIVER_TIMEOUT_MS }));
}

function stillKept(left: readonly (readonly [url: string, left: Left])[], folder: string): CommandError {
  const texts = left.map(([url, { runs, error }]) => {
    const why = error === null ? "" : `: ${explain(error)?.message ?? (error as Error).message}`;
    return `${runsText(runs)} for ${url}${why}`;
  });
  const codes = new Set(left.map(([, { error }]) => explain(error)?.code));
  const isUnreachable = codes.size === 1 && codes.has(EXIT.unreachable);
  return new CommandError(
    `still kept in ${folder}: ${texts.join("; ")}`,
    isUnreachable ? EXIT.unreachable : EXIT.failure,
  );
}

function runsText(runs: number): string {
  return runs === 1 ? "1 run" : `${runs} runs`;
}

async function tee(cli: Cli, command: readonly string[], options: Options): Promise<void> {
  if (options.all === true) throw usageError("--all is for --deliver");
  if (command.length === 0) throw usageError("there is no command to run: write it behind --");
  const source = options.source ?? sourceBy(command[0]!);
  const client = connect(cli, options, TIMEOUT_MS);
  // Whoever reads our output may leave before the agent does.
  cli.terminal.outliveReaders();
  const say = (text: string) => {
    if (options.quiet !== true) note(cli, visible(`orchestrator: ${text}`));
  };
  const spool = await openSpool(cli, source, client, options).catch((error: Error) => {
    say(`this run is not reported: ${error.message}`);
    return null;
  });
  const stop = new AbortController();
  const kept = () =>
    deliverKept(folderOf(cli, options), {
      clientFor: (url) => (url === client.url ? client : null),
      now: cli.now,
      signal: stop.signal,
    });
  const reporting = spool === null ? null : startReporting(client, spool, kept);
  let isCut = false;
  let end: ProgramEnd;
  try {
    end = await passThrough(command, (bytes) => {
      if (isCut || spool === null || spool.append(bytes)) return;
      isCut = true;
      say(`the rest of this run is not reported: ${spool.fault}`);
    });
  } catch (error) {
    stop.abort();
    await reporting?.discard();
    throw error;
  }
  stop.abort();
  const left = (await reporting?.finish(exitCodeOf(end))) ?? null;
  if (left !== null) say(`not delivered yet: ${left.why}; kept in ${left.path}`);
  await endAs(end);
}

function openSpool(cli: Cli, source: StreamSource, client: Client, options: Options): Promise<GrowingSpool> {
  const head = { stream: newUuid(), source, session: options.session ?? null, url: client.url };
  return createSpool(folderOf(cli, options), head);
}

function folderOf(cli: Cli, { envFile }: Options): string {
  return spoolFolder(stateFolder(cli.environment(envFile)));
}

function sourceBy(command: string): StreamSource {
  const name = basename(command);
  const source = name === "claude" ? "claude-code" : STREAM_SOURCES.find((one) => one === name);
  if (source === undefined) throw usageError(`of which agent is ${command}? Say it by --source`);
  return source;
}
