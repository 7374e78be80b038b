import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { openSocket, type Received } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";

type Row = {
  readonly seq: number;
  readonly entity: string;
  readonly agent_id: string | null;
  readonly session_id: string | null;
};
type Filter = { readonly query: string; readonly shows: (row: Row) => boolean };

const SESSION = "sitzung-ü 漢";
const encoded = encodeURIComponent(SESSION);

const FILTERS: readonly Filter[] = [
  { query: "", shows: () => true },
  { query: "types=agent", shows: ({ entity }) => entity === "agent" },
  {
    query: "types=agent_log,system_log",
    shows: ({ entity }) => entity === "agent_log" || entity === "system_log",
  },
  { query: "types=workflow,orchestrator_agent", shows: ({ entity }) => /workflow|orch/.test(entity) },
  { query: `session_id=${encoded}`, shows: ({ session_id }) => session_id === SESSION },
  { query: `session_id=s1,${encoded}`, shows: ({ session_id }) => session_id !== null },
  { query: "session_id=nobody", shows: () => false },
  { query: "agent_id=AGENT", shows: ({ agent_id }) => agent_id === "AGENT" },
  { query: "agent_id=AGENT,nobody", shows: ({ agent_id }) => agent_id === "AGENT" },
  {
    query: "types=prompt&session_id=s1",
    shows: ({ entity, session_id }) => entity === "prompt" && session_id === "s1",
  },
  { query: `agent_id=AGENT&session_id=${encoded}`, shows: () => false },
  {
    query: "types=agent_log,prompt&session_id=s1&agent_id=AGENT",
    shows: ({ entity, agent_id }) => (entity === "agent_log" || entity === "prompt") && agent_id === "AGENT",
  },
];

async function make(server: TestServer, path: string, body: object): Promise<string> {
  const answer = await server.call("POST", path, body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** One agent in each of two sessions, each with a prompt and a log, and what belongs to no session. */
async function write(server: TestServer, agents: readonly string[]): Promise<void> {
  for (const agent of agents) {
    await make(server, "/api/runtime/prompts", { agent_id: agent, prompt_type: "command", prompt_text: "Go" });
    await server.call("PATCH", `/api/runtime/agents/${agent}`, { status: "planning" });
    await make(server, "/api/runtime/logs", { agent_id: agent, log_type: "milestone", message: "Done" });
  }
  await make(server, "/api/system/logs", { component: "test", message: "hello" });
  await make(server, "/api/runtime/workflows", { adw_name: "adw", workflow_type: "sdlc" });
}

async function prepared() {
  const server = await testServer(undefined, { limits: { bookmarkMs: 20 } });
  const definition = await make(server, "/api/agents", { name: "planner", agent_type: "planner" });
  const agents: string[] = [];
  for (const session of ["s1", SESSION]) {
    agents.push(await make(server, "/api/runtime/agents", { orchestrator_agent_id: definition, session_id: session }));
  }
  const rows = (): Row[] => {
    using db = new Database(server.path, { readonly: true });
    return db.query<Row, []>("select seq, entity, agent_id, session_id from changes order by seq").all();
  };
  const named = (row: Row): Row => (row.agent_id === agents[0] ? { ...row, agent_id: "AGENT" } : row);
  return {
    server,
    agents,
    rows,
    query: ({ query }: Filter) => query.replaceAll("AGENT", agents[0]!),
    expected: ({ shows }: Filter, after: number) =>
      rows()
        .filter((row) => row.seq > after && shows(named(row)))
        .map(({ seq }) => seq),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const changes = (frames: readonly Received[]) => frames.filter((frame) => "data" in frame).map(({ seq }) => seq);
/** Everything up to the head has come. */
const caughtUp = (head: number) => (frame: Received) => frame.type === "bookmark" && frame.seq >= head;

test("each filter, alone and combined, shows exactly its changes on sockets and streams, live and replayed", async () => {
  await using given = await prepared();
  const { server } = given;
  const before = given.rows().length;
  await using open = new AsyncDisposableStack();
  const live = [];
  for (const filter of FILTERS) {
    const socket = open.use(await openSocket(server.url, `/ws/events?${given.query(filter)}`));
    const stream = open.use(await openSse(server.url, `/api/events?${given.query(filter)}`));
    for (const client of [socket, stream]) {
      expect(await client.next("hello", () => true)).toMatchObject({ type: "hello", seq: before });
      live.push({ filter, client, after: before });
    }
  }
  // A bookmark means that it is live: what comes now is published, not replayed.
  await Promise.all(live.map(({ client }) => client.next("a bookmark", caughtUp(before))));
  await write(server, given.agents);
  const replayed = [];
  for (const filter of FILTERS) {
    const query = `?after=0&${given.query(filter)}`;
    replayed.push({ filter, client: open.use(await openSocket(server.url, `/ws/events${query}`)), after: 0 });
    replayed.push({ filter, client: open.use(await openSse(server.url, `/api/events${query}`)), after: 0 });
  }
  const head = given.rows().length;
  for (const { filter, client, after } of [...live, ...replayed]) {
    await client.next("the head", caughtUp(head));
    expect(changes(client.frames), filter.query).toEqual(given.expected(filter, after));
  }
});

test("each filter shows exactly its changes page by page", async () => {
  await using given = await prepared();
  await write(given.server, given.agents);
  for (const filter of FILTERS) {
    const seqs: number[] = [];
    for (let after = 0, head = Number.POSITIVE_INFINITY; after < head;) {
      const { body } = await given.server.call("GET", `/api/events?after=${after}&limit=2&${given.query(filter)}`);
      seqs.push(...body.events.map(({ seq }: Row) => seq));
      expect(body.next_after).toBeGreaterThan(after);
      after = body.next_after;
      head = body.head_seq;
    }
    expect(seqs, filter.query).toEqual(given.expected(filter, 0));
  }
});

test("`/ws/agent-status` shows the changes of agents and no others", async () => {
  await using given = await prepared();
  await using socket = await openSocket(given.server.url, "/ws/agent-status");
  expect(await socket.next("the snapshot", ({ snapshot }) => snapshot === true)).toMatchObject({ seq: 3 });
  await write(given.server, given.agents);
  await socket.next("the head", caughtUp(given.rows().length));
  const agents = given.rows().filter(({ entity, seq }) => entity === "agent" && seq > 3);
  expect(agents).toHaveLength(2);
  expect(changes(socket.frames.slice(2))).toEqual(agents.map(({ seq }) => seq));
});
