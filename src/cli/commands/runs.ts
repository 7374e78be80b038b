import { Argument, type Command, Option } from "commander";
import { type Client, listAll } from "#src/client/client.ts";
import type { RuntimeAgent, UpdateRuntimeAgent } from "#src/domain/runtime-agent.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import {
  type Cli,
  connect,
  examples,
  note,
  noteMore,
  print,
  printJson,
  type ServerOptions,
  withServer,
} from "#src/cli/cli.ts";
import { definitionNames, findDefinition } from "#src/cli/definitions.ts";
import { detailLines } from "#src/cli/details.ts";
import { usageError } from "#src/cli/exit.ts";
import { ageOf, formatUsd } from "#src/cli/format.ts";
import { logLine, promptLine } from "#src/cli/history.ts";
import {
  amount,
  given,
  idOrName,
  idText,
  type JsonGiven,
  jsonValue,
  limitOption,
  listOption,
  texts,
  timeOrAge,
} from "#src/cli/options.ts";
import { paintStatus } from "#src/cli/paint.ts";
import { type Column, fit, tableLines } from "#src/cli/table.ts";
import { visible } from "#src/domain/visible.ts";

type Documents = { readonly context?: JsonGiven; readonly config?: JsonGiven; readonly metadata?: JsonGiven };
type ListOptions = ServerOptions & {
  readonly session?: string[];
  readonly status?: RuntimeAgent["status"][];
  readonly definition?: string;
  readonly parent?: string[];
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
};
type StartOptions = ServerOptions &
  Documents & {
    readonly session: string;
    readonly name?: string;
    readonly status?: RuntimeAgent["status"];
    readonly parent?: string;
    readonly externalId?: string;
  };
type SetOptions = ServerOptions &
  Documents & { readonly name?: string; readonly cost?: number; readonly error?: string };

type ShowOptions = ServerOptions & { readonly full?: true };

/** How many of its newest prompts and logs `show` prints. */
const RECENT = 10;
const NONE = "no runtime agents: start one with `orchestrator runs start DEFINITION --session ID`";

/** `runs`: runtime agents, running or finished instances of definitions. */
export function addRuns(program: Command, cli: Cli): void {
  const runs = program
    .command("runs")
    .description("runtime agents: running and finished instances of definitions")
    .addHelpText("after", examples("orchestrator runs list --status waiting", 'orchestrator runs show "$RUN"'));

  withServer(runs.command("list").description("list runtime agents, newest first"))
    .option("--session <ids>", "only of these sessions", texts)
    .addOption(listOption("--status <list>", "only in these statuses", AGENT_STATUSES))
    .option("--definition <id-or-name>", "only of this definition")
    .option("--parent <ids>", "only those started by these agents", texts)
    .option("--since <time>", "started not before: RFC 3339, a date, or an age such as 2h", timeOrAge(cli.now))
    .option("--until <time>", "started before", timeOrAge(cli.now))
    .addOption(limitOption(100))
    .addHelpText(
      "after",
      examples("orchestrator runs list --status waiting,executing", "orchestrator runs list --since 1d --json"),
    )
    .action((options: ListOptions) => list(cli, options));

  withServer(
    runs.command("show").description("show an agent with its newest prompts and logs").argument("<id>", "", idText),
  )
    .option("--full", "prompts with all of what was asked and answered, logs with their details")
    .addHelpText("after", examples('orchestrator runs show "$RUN"', 'orchestrator runs show "$RUN" --full | less'))
    .action((id: string, options: ShowOptions) => show(cli, id, options));

  withDocuments(
    withServer(
      runs
        .command("start")
        .description("register a running agent; prints its id")
        .argument("<definition>", "id or name", idOrName),
    ),
  )
    .requiredOption("--session <id>", "session it belongs to: any text that its agents share")
    .option("--name <name>", "tells agents of one definition apart")
    .option("--parent <id>", "agent that started it")
    .option("--external-id <id>", "its id elsewhere; the agent that has it already is returned as it is")
    .addOption(new Option("--status <status>", "default initializing").choices(AGENT_STATUSES))
    .addHelpText(
      "after",
      examples(
        "orchestrator runs start feature-planner --session issue-42",
        "RUN=$(orchestrator runs start feature-planner --session issue-42 --context '{\"issue\": 42}')",
      ),
    )
    .action((definition: string, options: StartOptions) => start(cli, definition, options));

  withDocuments(
    withServer(
      runs
        .command("set")
        .description("change an agent's status or other fields")
        .argument("<id>", "", idText)
        .addArgument(new Argument("[status]", "new status").choices(AGENT_STATUSES)),
    ),
  )
    .option("--name <name>")
    .option("--cost <usd>", "cost in US dollars, in place of what was added up", amount)
    .option("--error <text>", "what went wrong")
    .addHelpText(
      "after",
      examples('orchestrator runs set "$RUN" executing', 'orchestrator runs set "$RUN" failed --error "Tests fail"'),
    )
    .action((id: string, status: RuntimeAgent["status"] | undefined, options: SetOptions) =>
      set(cli, id, status, options),
    );

  withServer(runs.command("cancel").description("end an agent as cancelled").argument("<id>", "", idText))
    .option("--reason <text>", "kept as its error message")
    .addHelpText("after", examples('orchestrator runs cancel "$RUN" --reason "Wrong branch"'))
    .action(async (id: string, options: ServerOptions & { readonly reason?: string }) => {
      const change = given({ status: "cancelled" as const, error_message: options.reason });
      report(cli, options, await connect(cli, options).updateRuntimeAgent(id, change));
    });
}

function withDocuments(command: Command): Command {
  return command
    .option("--context <json>", "JSON, or @FILE", jsonValue)
    .option("--config <json>", "JSON, or @FILE", jsonValue)
    .option("--metadata <json>", "JSON, or @FILE", jsonValue);
}

function columns(cli: Cli, names: ReadonlyMap<string, string>): readonly Column<RuntimeAgent>[] {
  return [
    {
      title: "STATUS",
      text: ({ status }) => visible(status),
      paint: ({ status }, padded) => paintStatus(cli.paint, status)(padded),
    },
    { title: "DEFINITION", text: (agent) => visible(names.get(agent.orchestrator_agent_id) ?? "-") },
    { title: "SESSION", text: ({ session_id }) => visible(session_id) },
    { title: "AGE", text: ({ started_at }) => ageOf(started_at, cli.now()), align: "right" },
    { title: "COST", text: ({ cost_usd }) => formatUsd(cost_usd), align: "right" },
    { title: "ID", text: ({ id }) => visible(id), whole: true },
    { title: "NAME", text: ({ name }) => visible(name ?? "") },
  ];
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const client = connect(cli, options);
  const definition = options.definition === undefined ? undefined : await findDefinition(client, options.definition);
  const query = given({
    session_id: options.session,
    status: options.status,
    orchestrator_agent_id: definition?.id,
    parent_agent_id: options.parent,
    since: options.since,
    until: options.until,
  });
  const page = await listAll(client.listRuntimeAgents, query, options.limit);
  const { rows } = page;
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, Object.keys(query).length > 0 ? "no such runtime agents" : NONE);
  print(cli, tableLines(columns(cli, await definitionNames(client)), rows, cli.terminal.stdout.columns()));
  noteMore(cli, page);
}

async function show(cli: Cli, id: string, options: ShowOptions): Promise<void> {
  const client = connect(cli, options);
  const agent = await client.getRuntimeAgent(id);
  if (options.json === true) return printJson(cli, agent);
  print(cli, detailLines(cli, agent));
  print(cli, await history(cli, client, id, options.full === true));
}

async function history(cli: Cli, client: Client, id: string, isFull: boolean): Promise<string[]> {
  const { rows: prompts } = await listAll(client.listPrompts, { agent_id: id }, RECENT);
  const { rows: logs } = await listAll(client.listAgentLogs, { agent_id: id }, RECENT);
  const width = cli.terminal.stdout.columns();
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", cli.paint.bold(title), ...lines];
  const cut = (line: string) => fit(line, width);
  return [
    ...part(
      "Newest prompts",
      prompts
        .toReversed()
        .flatMap((prompt) => (isFull ? ["", ...detailLines(cli, prompt)] : [cut(promptLine(cli, prompt))])),
    ),
    ...part(
      "Newest logs",
      logs.toReversed().flatMap((log) => (isFull ? ["", ...detailLines(cli, log)] : [cut(logLine(cli, log))])),
    ),
  ];
}

async function start(cli: Cli, definition: string, options: StartOptions): Promise<void> {
  const client = connect(cli, options);
  const { id } = await findDefinition(client, definition);
  const { session, name, status, parent, externalId } = options;
  const agent = await client.createRuntimeAgent({
    orchestrator_agent_id: id,
    session_id: session,
    ...given({ name, status, parent_agent_id: parent, external_id: externalId, ...documents(options) }),
  });
  if (options.json === true) printJson(cli, agent);
  else print(cli, visible(agent.id));
}

async function set(
  cli: Cli,
  id: string,
  status: RuntimeAgent["status"] | undefined,
  options: SetOptions,
): Promise<void> {
  const { name, cost, error } = options;
  const fields = { status, name, cost_usd: cost, error_message: error, ...documents(options) };
  const change: UpdateRuntimeAgent = given(fields);
  if (Object.keys(change).length === 0) throw usageError("nothing to change: give a status or a field, such as --name");
  report(cli, options, await connect(cli, options).updateRuntimeAgent(id, change));
}

function documents({ context, config, metadata }: Documents) {
  return { context: context?.value, config: config?.value, metadata: metadata?.value };
}

function report(cli: Cli, options: ServerOptions, agent: RuntimeAgent): void {
  if (options.json === true) printJson(cli, agent);
  else print(cli, `${visible(agent.id)} ${paintStatus(cli.paint, agent.status)(visible(agent.status))}`);
}
