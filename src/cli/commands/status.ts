import type { Command } from "commander";
import { type Client, listAll, type Page, type RequestOptions, type WatchEvent } from "#src/client/client.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { ALIVE_STATUSES, FINAL_STATUSES } from "#src/domain/vocabulary.ts";
import { type Cli, connect, examples, note, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { definitionNames } from "#src/cli/definitions.ts";
import { endedBy } from "#src/cli/exit.ts";
import { ageOf, formatCount, formatUsd } from "#src/cli/format.ts";
import { texts } from "#src/cli/options.ts";
import { paintStatus } from "#src/cli/paint.ts";
import { brokenText, createTeller } from "#src/cli/notices.ts";
import { createScreen } from "#src/cli/screen.ts";
import { type Column, tableLines } from "#src/cli/table.ts";
import { visible, visibleJson } from "#src/domain/visible.ts";

type Options = ServerOptions & { readonly session?: string[]; readonly watch?: true; readonly all?: true };

/** An agent without its long fields: what a list and the feed both tell. */
type Agent = Omit<RuntimeAgent, "context" | "config" | "metadata">;
type Known = { agents: Map<string, Agent>; definitions: Map<string, string> };
type Listed = Page<RuntimeAgent> & { readonly definitions: Map<string, string> };

/** Of those that ended, only the last within this time are shown. */
const ENDED_WITHIN_MS = 60 * 60 * 1000;
const MOST_ENDED = 100;
/** They are found among so many that started last. */
const MOST_SEARCHED = 1000;
/** A table is drawn at most so often, however much happens. */
const REDRAW_MS = 100;
/** Ages grow while nothing happens. */
const TICK_MS = 1000;
const WIDTH_WITH_IDS = 110;
/** Lines of the table beside the agents: titles, an empty line, the summary. */
const AROUND = 3;
const NOBODY = "no agents are running";

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
    .option("-w, --watch", "keep the table up to date until Ctrl+C; with --json, a line whenever it changes")
    .option("--all", `every agent that is alive, and the last ${MOST_ENDED} that ended at any time`)
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
  const first = await read(client, options);
  if (options.watch === true) return watchTable(cli, client, options, first);
  const rows = shown(cli, options, first.rows);
  if (options.json === true) printJson(cli, rows);
  else if (rows.length === 0) note(cli, NOBODY);
  else print(cli, table(cli, rows, first.definitions));
}

/** The agents that may be shown, with the names of all definitions. */
async function read(client: Client, { session }: Options, options: RequestOptions = {}): Promise<Listed> {
  const list = (statuses: readonly RuntimeAgent["status"][], most: number) =>
    listAll(client.listRuntimeAgents, { session_id: session, status: statuses }, most, options);
  const alive = await list(ALIVE_STATUSES, Number.POSITIVE_INFINITY);
  const ended = await list(FINAL_STATUSES, MOST_SEARCHED);
  // Who ended between the two reads is in both.
  const agents = byId([...alive.rows, ...ended.rows]);
  return { ...alive, rows: [...agents.values()], definitions: await definitionNames(client, options) };
}

/** All who are alive, and those who ended of late, in the order of the table. */
function shown<Row extends Agent>(cli: Cli, options: Options, agents: Iterable<Row>): Row[] {
  const { false: alive = [], true: ended = [] } = Object.groupBy(agents, (agent) => `${isFinal(agent)}`);
  const late = ended
    .filter((agent) => options.all === true || cli.now() - endOf(agent) <= ENDED_WITHIN_MS)
    .toSorted((a, b) => endOf(b) - endOf(a));
  return sorted([...alive, ...(options.all === true ? late.slice(0, MOST_ENDED) : late)]);
}

function endOf({ completed_at: ended, updated_at: updated }: Agent): number {
  return Date.parse(ended ?? updated ?? "") || 0;
}

function byId<Row extends Agent>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

function isFinal({ status: held }: Agent): boolean {
  return (FINAL_STATUSES as readonly string[]).includes(held);
}

function sorted<Row extends Agent>(rows: readonly Row[]): Row[] {
  // A status that nobody knows, of another program, comes last.
  const rank = (row: Row) => (ORDER.includes(row.status) ? ORDER.indexOf(row.status) : ORDER.length);
  const since = (row: Row) => Date.parse(row.updated_at ?? row.started_at ?? "") || 0;
  return rows.toSorted((a, b) => rank(a) - rank(b) || since(b) - since(a));
}

function columns(cli: Cli, definitions: ReadonlyMap<string, string>, width: number): readonly Column<Agent>[] {
  const all: (Column<Agent> | false)[] = [
    {
      title: "STATUS",
      text: ({ status: held }) => visible(held),
      paint: ({ status: held }, padded) => paintStatus(cli.paint, held)(padded),
    },
    { title: "AGENT", text: (agent) => visible(agent.name ?? definitions.get(agent.orchestrator_agent_id) ?? "-") },
    { title: "SESSION", text: ({ session_id: session }) => visible(session) },
    { title: "AGE", text: ({ started_at: started }) => ageOf(started, cli.now()), align: "right" },
    { title: "CHANGED", text: (agent) => changedAgo(agent, cli.now()), align: "right" },
    { title: "COST", text: ({ cost_usd: cost }) => (cost === 0 ? "-" : formatUsd(cost)), align: "right" },
    width >= WIDTH_WITH_IDS && { title: "ID", text: ({ id }) => visible(id), whole: true },
    { title: "ERROR", text: ({ error_message: error }) => visible(error ?? "") },
  ];
  return all.filter((column) => column !== false);
}

/** Since its own last change; of one that is quiet or lost, since it was heard of last. */
function changedAgo(agent: Agent, now: number): string {
  if (isFinal(agent)) return "-";
  if (agent.quiet_since === null) return ageOf(agent.updated_at, now);
  return `${agent.lost ? "lost" : "quiet"} ${ageOf(agent.quiet_since, now)}`;
}

/** At most `room` lines; those who need somebody come first, and stay. */
function table(
  cli: Cli,
  rows: readonly Agent[],
  definitions: ReadonlyMap<string, string>,
  room = Number.POSITIVE_INFINITY,
): string[] {
  const width = cli.terminal.stdout.columns();
  const fitting = Math.max(1, room - AROUND);
  const held = rows.length <= fitting ? rows : rows.slice(0, Math.max(1, fitting - 1));
  const more = held.length === rows.length ? [] : [cli.paint.dim(`… and ${rows.length - held.length} more`)];
  return [...tableLines(columns(cli, definitions, width), held, width), ...more, "", summary(cli, rows)];
}

function summary({ paint }: Cli, rows: readonly Agent[]): string {
  const groups = [...Map.groupBy(rows, ({ status: held }) => held)];
  const parts = groups.map(([held, { length }]) => `${formatCount(length)} ${visible(held)}`);
  const cost = rows.reduce((sum, row) => sum + row.cost_usd, 0);
  return paint.dim(`${parts.join(", ")}; ${formatUsd(cost)} in all`);
}

/** Draws the table again whenever something changed, and on a terminal every second, for the ages. */
async function watchTable(cli: Cli, client: Client, options: Options, first: Listed): Promise<never> {
  const signal = cli.interrupted();
  const known: Known = { agents: new Map(), definitions: first.definitions };
  const isLive = cli.terminal.canRedraw && options.json !== true;
  const draw = (room: number) => {
    const rows = shown(cli, options, known.agents.values());
    // Who is shown no more is forgotten.
    known.agents = byId(rows);
    if (options.json === true) return [visibleJson(rows)];
    return rows.length === 0 ? [NOBODY] : table(cli, rows, known.definitions, room);
  };
  const screen = createScreen(cli, { draw, isLive, pauseMs: REDRAW_MS });
  const tell = createTeller(cli);
  const tick = isLive ? setInterval(() => screen.redraw(), TICK_MS) : undefined;
  let page: Listed | null = first;
  const list = async (listOptions: RequestOptions) => {
    const listed = page ?? (await read(client, options, listOptions));
    page = null;
    return listed;
  };
  try {
    // Not narrowed to sessions: definitions belong to none.
    for await (const event of client.watch({ list, types: ["agent", "orchestrator_agent"], signal })) {
      if (apply(known, event, options)) screen.redraw();
      if (event.type === "disconnected") screen.notice(visible(brokenText(event.error)));
      if (event.type === "connected") screen.notice(null);
      if (!isLive && (event.type === "disconnected" || event.type === "connected")) tell(event);
    }
  } finally {
    clearInterval(tick);
    screen.close();
  }
  throw endedBy(signal);
}

/** Takes an event into what is known; returns whether it changed anything. */
function apply(known: Known, event: WatchEvent<Listed>, { session }: Options): boolean {
  const { agents, definitions } = known;
  switch (event.type) {
    case "listed":
      known.agents = new Map(event.page.rows.map((row) => [row.id, withoutDocuments(row)]));
      known.definitions = event.page.definitions;
      return true;
    case "agent.created":
    case "agent.updated":
      if (session !== undefined && !session.includes(event.data.session_id)) return false;
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

/** As the feed tells an agent: one who was listed looks no other than one who changed since. */
function withoutDocuments(agent: RuntimeAgent): Agent {
  const { context: _context, config: _config, metadata: _metadata, ...rest } = agent;
  return rest;
}
