import { type Command, Option } from "commander";
import type { Change, WatchNotice } from "#src/client/client.ts";
import type { Entity } from "#src/domain/change.ts";
import { ENTITIES } from "#src/domain/vocabulary.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import { CommandError, EXIT, usageError } from "#src/cli/exit.ts";
import { type AgentNames, readAgentNames } from "#src/cli/agent-names.ts";
import { changeLine } from "#src/cli/change-line.ts";
import { type Cli, connect, examples, note, print, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { endedBy } from "#src/cli/exit.ts";
import { createTeller } from "#src/cli/notices.ts";
import { levelsOption, listOption, texts, wholeNumber } from "#src/cli/options.ts";
import { visibleJson } from "#src/domain/visible.ts";

type Options = ServerOptions & {
  readonly types?: Entity[];
  readonly session?: string[];
  readonly agent?: string[];
  readonly level?: LogLevel[];
  readonly after?: number;
  readonly last?: number;
};

/** `tail`: the change feed as it comes. */
export function addTail(program: Command, cli: Cli): void {
  withServer(program.command("tail").description("follow the live feed; resumes by itself, Ctrl+C ends it"))
    .addOption(listOption("--types <list>", "only changes of these", ENTITIES))
    .option("--session <ids>", "only of these sessions", texts)
    .option("--agent <ids>", "only of these agents", texts)
    .addOption(levelsOption("--level <list>", "of logs, only these levels"))
    .addOption(
      new Option("--after <seq>", "start behind this change; 0 is the whole history")
        .argParser(wholeNumber(0))
        .conflicts("last"),
    )
    .option("--last <changes>", "start so many changes back, of whatever kind", wholeNumber(0))
    .addHelpText(
      "after",
      examples(
        "orchestrator tail",
        "orchestrator tail --types agent,agent_log --session issue-42 --last 100",
        "orchestrator tail --after 0 --json | jq .type",
      ),
    )
    .action((options: Options) => tail(cli, options));
}

async function tail(cli: Cli, options: Options): Promise<void> {
  const client = connect(cli, options);
  // Whoever is not there at the start is not waited for: the address may be wrong.
  const { head_seq: head, oldest_seq: oldest, feed } = await client.listEvents();
  const names = options.json === true ? null : await readAgentNames(client);
  const signal = cli.interrupted();
  refuseGone(options.after, oldest, head);
  const after = options.after ?? (options.last === undefined ? head : Math.max(oldest - 1, head - options.last));
  const { types, session: session_id, agent: agent_id } = options;
  if (names !== null) note(cli, cli.notePaint.dim(`following ${client.url} behind change ${after}`));
  const tell = createTeller(cli);
  let last = after;
  for await (const event of client.watch({ types, session_id, agent_id, after, feed, signal })) {
    if ("seq" in event) last = event.seq;
    if (isNotice(event)) tell(event);
    else if (isWanted(event, options.level)) await show(cli, event, names, signal);
  }
  if (names !== null) note(cli, cli.notePaint.dim(`ended behind change ${last}`));
  throw endedBy(signal);
}

/** A place to start at that is not there: known before, and so no history that was replaced. */
function refuseGone(after: number | undefined, oldest: number, head: number): void {
  if (after === undefined) return;
  if (after > head) throw usageError(`--after holds "${after}"; the newest change is ${head}`);
  if (after >= oldest - 1) return;
  throw new CommandError(`what follows change ${after} is gone: the oldest that is kept is ${oldest}`, EXIT.notFound);
}

function isNotice(event: Change | WatchNotice<never>): event is WatchNotice<never> {
  return !("data" in event);
}

function isWanted({ data }: Change, levels: readonly LogLevel[] | undefined): boolean {
  return levels === undefined || data === null || !("log_level" in data) || levels.includes(data.log_level);
}

async function show(cli: Cli, change: Change, names: AgentNames | null, signal: AbortSignal): Promise<void> {
  if (names === null) print(cli, visibleJson(change));
  else print(cli, changeLine(cli, change, await whoIn(change, names, signal)));
  // A reader that pauses holds up the feed, not this process's memory.
  await cli.terminal.flush();
}

async function whoIn(change: Change, names: AgentNames, signal: AbortSignal): Promise<string> {
  const { type, data, agent_id: agentId } = change;
  if (data !== null && "capabilities" in data) {
    names.learnDefinition(data.id, data.name);
    return data.name;
  }
  if (data !== null && "adw_name" in data) return data.adw_name;
  if (data !== null && "component" in data) return data.component;
  if (data !== null && "external_id" in data) names.learn(data);
  return agentId === null ? type : await names.of(agentId, { signal });
}
