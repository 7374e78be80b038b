import type { Command } from "commander";
import { type Client, listAll, type Page, type WatchEvent } from "#src/client/client.ts";
import { AGENT_STATUSES, ALIVE_STATUSES, type RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { type Cli, connect, examples, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { definitionNames } from "#src/cli/definitions.ts";
import { CommandError, EXIT } from "#src/cli/exit.ts";
import { ageOf, formatUsd } from "#src/cli/format.ts";
import { texts } from "#src/cli/options.ts";
import { paintStatus } from "#src/cli/paint.ts";
import { createScreen } from "#src/cli/screen.ts";
import { type Column, tableLines } from "#src/cli/table.ts";
import { visible, visibleJson } from "#src/cli/visible.ts";

type Options = ServerOptions & { readonly session?: string[]; readonly watch?: true; readonly all?: true };

/** An agent without its long fields: what a list and the feed both tell. */
type Agent = Omit<RuntimeAgent, "context" | "config" | "metadata">;
type Known = { readonly agents: Map<string, Agent>; readonly definitions: Map<string, string> };
type Listed = Page<RuntimeAgent> & { readonly definitions: Map<string, string> };

/** Of those that ended, only the newest within this time are shown. */
const ENDED_WITHIN_MS = 60 * 60 * 1000;
const MOST_ENDED = 100;
/** A table is drawn at most so often, however much happens. */
const REDRAW_MS = 100;
/** Ages grow while nothing happens. */
const TICK_MS = 1000;
const WIDTH_WITH_IDS = 110;

/** Who needs somebody comes first, then who works, then who ended. */
const ORDER: readonly RuntimeAgent["status"][] = [
  "waiting",
  "executing",
  "planning",
  "reviewing",
  "initializing",
  "pending",
  "idle",
  "failed",
  "cancelled",
  "completed",
];

/** `status`: who works on what, who waits, what it costs. */
export function addStatus(program: Command, cli: Cli): void {
  withServer(program.command("status").description("agents that are alive, or ended within the last hour"))
    .option("--session <ids>", "only of these sessions", texts)
    .option("--watch", "keep the table up to date until Ctrl+C")
    .option("--all", "every agent that is alive, and the newest 100 that ended at any time")
    .addHelpText(
      "after",
      examples(
        "orchestrator status --watch",
        "orchestrator status --session issue-42",
        "orchestrator status --json | jq '.[] | select(.status == \"waiting\") | .name'",
      ),
    )
    .action((options: Options) => status(cli, options));
}

async function status(cli: Cli, options: Options): Promise<void> {
  const client = connect(cli, options);
  const first = await read(cli, client, options);
  if (options.watch === true) return watchTable(cli, client, options, first);
  if (options.json === true) return printJson(cli, sorted(first.rows));
  print(cli, table(cli, { agents: byId(first.rows), definitions: first.definitions }));
}

/** The agents that are shown, with the names of their definitions. */
async function read(cli: Cli, client: Client, options: Options): Promise<Listed> {
  const session = { session_id: options.session };
  const alive = await listAll(client.listRuntimeAgents, { ...session, status: ALIVE_STATUSES });
  const final = AGENT_STATUSES.filter((each) => !(ALIVE_STATUSES as readonly string[]).includes(each));
  const ended = await listAll(client.listRuntimeAgents, { ...session, status: final }, MOST_ENDED);
  const shown = options.all === true ? ended.rows : ended.rows.filter((agent) => isRecent(agent, cli.now()));
  // Who ended between the two reads is in both.
  const agents = byId([...alive.rows, ...shown]);
  return { ...alive, rows: [...agents.values()], definitions: await definitionNames(client) };
}

function isRecent({ completed_at: ended, updated_at: updated }: Agent, now: number): boolean {
  const time = ended ?? updated;
  return time !== null && now - Date.parse(time) <= ENDED_WITHIN_MS;
}

function byId<Row extends Agent>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

function isFinal({ status: held }: Agent): boolean {
  return !(ALIVE_STATUSES as readonly string[]).includes(held);
}

function sorted<Row extends Agent>(rows: readonly Row[]): Row[] {
  const rank = (row: Row) => ORDER.indexOf(row.status);
  const since = (row: Row) => Date.parse(row.updated_at ?? row.started_at ?? "") || 0;
  return rows.toSorted((a, b) => rank(a) - rank(b) || since(b) - since(a));
}

function columns(cli: Cli, definitions: ReadonlyMap<string, string>, width: number): readonly Column<Agent>[] {
  const all: (Column<Agent> | false)[] = [
    {
      title: "STATUS",
      text: ({ status: held }) => held,
      paint: ({ status: held }, padded) => paintStatus(cli.paint, held)(padded),
    },
    { title: "AGENT", text: (agent) => visible(agent.name ?? definitions.get(agent.orchestrator_agent_id) ?? "-") },
    { title: "SESSION", text: ({ session_id: session }) => visible(session) },
    { title: "AGE", text: ({ started_at: started }) => ageOf(started, cli.now()), align: "right" },
    { title: "QUIET", text: (agent) => (isFinal(agent) ? "-" : ageOf(agent.updated_at, cli.now())), align: "right" },
    { title: "COST", text: ({ cost_usd: cost }) => formatUsd(cost), align: "right" },
    width >= WIDTH_WITH_IDS && { title: "ID", text: ({ id }) => visible(id) },
    { title: "ERROR", text: ({ error_message: error }) => visible(error ?? ""), grows: true },
  ];
  return all.filter((column) => column !== false);
}

function table(cli: Cli, { agents, definitions }: Known): string[] {
  const rows = sorted([...agents.values()]);
  if (rows.length === 0) return ["no agents are running"];
  const width = cli.terminal.stdout.columns();
  return [...tableLines(columns(cli, definitions, width), rows, width), "", summary(cli, rows)];
}

function summary({ paint }: Cli, rows: readonly Agent[]): string {
  const counts = ORDER.map((each) => [each, rows.filter(({ status: held }) => held === each).length] as const);
  const parts = counts.filter(([, count]) => count > 0).map(([each, count]) => `${count} ${each}`);
  const cost = rows.reduce((sum, row) => sum + row.cost_usd, 0);
  return paint.dim(`${parts.join(", ")}; ${formatUsd(cost)} in all`);
}

/** Draws the table again whenever something changed, and every second for the ages. */
async function watchTable(cli: Cli, client: Client, options: Options, first: Listed): Promise<never> {
  const signal = cli.interrupted();
  const known: Known = { agents: byId<Agent>(first.rows), definitions: first.definitions };
  const screen = createScreen(cli, () => (options.json === true ? jsonLine(known) : table(cli, known)), REDRAW_MS);
  const tick = screen.isLive && options.json !== true ? setInterval(() => screen.redraw(), TICK_MS) : undefined;
  try {
    screen.redraw();
    let isFirst = true;
    const list = async () => {
      if (!isFirst) return read(cli, client, options);
      isFirst = false;
      return first;
    };
    const types = ["agent", "orchestrator_agent"] as const;
    for await (const event of client.watch({ list, types, session_id: options.session, signal })) {
      if (apply(known, event)) screen.redraw();
      if (event.type === "disconnected") screen.notice(`not live, trying again: ${visible(event.error.message)}`);
      if (event.type === "connected") screen.notice(null);
    }
  } finally {
    clearInterval(tick);
    screen.close();
  }
  throw new CommandError("", EXIT.interrupted);
}

function jsonLine({ agents }: Known): string[] {
  return [visibleJson(sorted([...agents.values()]))];
}

/** Takes an event into what is known; returns whether it changed anything. */
function apply({ agents, definitions }: Known, event: WatchEvent<Listed>): boolean {
  switch (event.type) {
    case "listed":
      agents.clear();
      for (const row of event.page.rows) agents.set(row.id, row);
      for (const [id, name] of event.page.definitions) definitions.set(id, name);
      return true;
    case "agent.created":
    case "agent.updated":
      agents.set(event.data.id, event.data);
      return true;
    case "agent.deleted":
      return agents.delete(String(event.id));
    case "orchestrator_agent.created":
    case "orchestrator_agent.updated":
      definitions.set(event.data.id, event.data.name);
      return true;
    default:
      return false;
  }
}
