import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { seededRandom } from "#test/support/random.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { type LiveFrame, startWatcher } from "./watcher.ts";
import { SESSIONS, type Shared, writeAsOther, writeThroughServer } from "./writers.ts";

const WRITERS = 16;
const STEPS = 60;
const OTHER_STEPS = 200;
const LONG_FIELDS = new Set(["context", "config", "metadata", "prompt_text", "response_text"]);

type Row = { readonly seq: number; readonly entity: string; readonly agent_id: string; readonly session_id: string };
type Stored = { readonly id: string; readonly [field: string]: unknown };
type State = Map<string, unknown>;
type Kind = {
  readonly path: string;
  readonly shows: (row: Row) => boolean;
  readonly rows: (agents: Stored[], prompts: Stored[]) => Stored[];
  readonly count: number;
  readonly transport?: "sse";
};

const SUMMARY =
  "id name orchestrator_agent_id session_id parent_agent_id status started_at updated_at completed_at cost_usd error_message quiet_since lost";

/** Which streams are watched, how many of each, and what a client of each must know in the end. */
const kinds = (watched: string): readonly Kind[] => [
  { path: "/ws/events", shows: () => true, rows: (agents, prompts) => [...agents, ...prompts], count: 7 },
  { path: "/ws/events?types=agent", shows: ({ entity }) => entity === "agent", rows: (agents) => agents, count: 3 },
  {
    path: "/ws/events?session_id=s0,s2&types=agent,agent_log",
    shows: ({ entity, session_id }) => entity.startsWith("agent") && ["s0", "s2"].includes(session_id),
    rows: (agents) => agents.filter((agent) => ["s0", "s2"].includes(agent["session_id"] as string)),
    count: 3,
  },
  {
    path: `/ws/events?agent_id=${watched}`,
    shows: ({ agent_id }) => agent_id === watched,
    rows: (agents, prompts) => [
      ...agents.filter(({ id }) => id === watched),
      ...prompts.filter((prompt) => prompt["agent_id"] === watched),
    ],
    count: 3,
  },
  {
    path: "/ws/agent-status",
    shows: ({ entity }) => entity === "agent",
    rows: (agents) => agents.map((agent) => pick(agent, SUMMARY.split(" "))),
    count: 4,
  },
  {
    path: "/api/events",
    shows: () => true,
    rows: (agents, prompts) => [...agents, ...prompts],
    count: 3,
    transport: "sse",
  },
];

function pick(row: Stored, fields: readonly string[]): Stored {
  return Object.fromEntries(fields.map((field) => [field, row[field]])) as Stored;
}

const withoutLongFields = (row: Stored) =>
  pick(
    row,
    Object.keys(row).filter((field) => !LONG_FIELDS.has(field)),
  );

/** What a page would do with a frame. */
function reduce(state: State, frame: LiveFrame): void {
  if (frame.type === "agent_update") {
    const { agents, deleted = [] } = frame["data"] as { agents: Stored[]; deleted?: string[] };
    for (const agent of agents) state.set(agent.id, agent);
    for (const id of deleted) state.delete(id);
  } else if (/^(agent|prompt)\./.test(frame.type)) {
    if (frame.type.endsWith(".deleted")) state.delete(String(frame["id"]));
    else state.set(String(frame["id"]), frame["data"]);
  }
}

async function list(server: TestServer, path: string): Promise<{ rows: Stored[]; seq: number }> {
  const { body, headers } = await server.call("GET", `${path}?limit=1000`);
  expect(headers.get("Link")).toBeNull();
  return { rows: body.map(withoutLongFields), seq: Number(headers.get("X-Change-Seq")) };
}

async function prepare(server: TestServer): Promise<Shared> {
  const { body } = await server.call("POST", "/api/agents", { name: "planner", agent_type: "planner" });
  const agents: string[] = [];
  for (let index = 0; index < 24; index += 1) {
    const session = SESSIONS[index % SESSIONS.length]!;
    const agent = { orchestrator_agent_id: body.id, session_id: session };
    agents.push((await server.call("POST", "/api/runtime/agents", agent)).body.id);
  }
  return { definition: body.id, agents };
}

/** Starts the clients; each knows what a list told it, or the whole history, or a snapshot. */
async function watch(server: TestServer, shared: Shared, feed: string) {
  const listed = await list(server, "/api/runtime/agents");
  const watchers = [];
  for (const kind of kinds(shared.agents[0]!)) {
    for (let index = 0; index < kind.count; index += 1) {
      const snapshot = kind.path === "/ws/agent-status" && index < 2;
      const fromList = !snapshot && index % 2 === 1;
      const state: State = new Map(fromList ? kind.rows(listed.rows, []).map((row) => [row.id, row]) : []);
      const watcher = startWatcher({
        url: server.url,
        path: kind.path,
        transport: kind.transport ?? "socket",
        after: snapshot ? null : fromList ? listed.seq : 0,
        feed,
        random: seededRandom(1000 + watchers.length),
        onFrame: (frame) => reduce(state, frame),
      });
      watchers.push({ kind, state, watcher });
    }
  }
  return watchers;
}

test("20 sockets and 3 streams that drop and resume while 18 writers write miss nothing and get nothing twice", async () => {
  await using server = await testServer(undefined, { limits: { bookmarkMs: 20 } });
  const shared = await prepare(server);
  const { feed } = (await server.call("GET", "/api/events")).body;
  await using one = await openForeignWriter(server.path);
  await using two = await openForeignWriter(server.path);
  const watchers = await watch(server, shared, feed);

  await Promise.all([
    ...Array.from({ length: WRITERS }, (_, seed) => writeThroughServer(server, shared, seed, STEPS)),
    writeAsOther(one, shared, 101, OTHER_STEPS),
    writeAsOther(two, shared, 102, OTHER_STEPS),
  ]);

  using db = new Database(server.path, { readonly: true });
  const rows = db.query<Row, []>("select seq, entity, agent_id, session_id from changes order by seq").all();
  const head = rows.at(-1)!.seq;
  expect(head).toBe(rows.length);
  for (const { watcher } of watchers) watcher.finishAt(head);
  await Promise.all(watchers.map(({ watcher }) => watcher.finished));

  const agents = (await list(server, "/api/runtime/agents")).rows;
  const prompts = (await list(server, "/api/runtime/prompts")).rows;
  for (const { kind, state, watcher } of watchers) {
    const expected = rows.filter((row) => row.seq > watcher.start && kind.shows(row)).map(({ seq }) => seq);
    expect(watcher.seqs, `the changes of ${kind.path} from ${watcher.start}`).toEqual(expected);
    const known = kind.rows(agents, prompts);
    expect(state, `the state at ${kind.path}`).toEqual(new Map(known.map((row) => [row.id, row])));
  }
  expect(Math.min(...watchers.map(({ watcher }) => watcher.connections))).toBeGreaterThan(2);
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
}, 60_000);
