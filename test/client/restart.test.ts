import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import {
  type Change,
  type Client,
  ApiError,
  createClient,
  isTransient,
  listAll,
  type WatchEvent,
  type WatchOptions,
} from "#src/client/client.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { insertLogs, writeSql } from "#test/live/live-app.ts";
import { SESSIONS, type Shared, writeAsOther } from "#test/live/writers.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { seededRandom } from "#test/support/random.ts";
import { type RestartingServer, restartingServer } from "#test/support/restarting-server.ts";
import { until } from "#test/support/until.ts";

type Known = Map<string, unknown>;
type Listed = { readonly rows: readonly RuntimeAgent[]; readonly seq: number };
type Row = { readonly seq: number; readonly entity: string; readonly agent_id: string; readonly session_id: string };

/** A watch that runs, and all that it was told. */
type Watching = {
  readonly name: string;
  readonly seqs: readonly number[];
  /** Where it began in the feed. */
  readonly start: number;
  readonly connections: number;
  readonly notices: readonly string[];
  /** Agents and prompts as somebody knows them who has read nothing else. */
  readonly known: Known;
  readonly error: () => unknown;
  readonly done: Promise<void>;
};

const key = (kind: string, id: string | number) => `${kind} ${id}`;

/** An agent without its long fields, as the feed has it. */
function short({ context: _context, config: _config, metadata: _metadata, ...agent }: RuntimeAgent) {
  return agent;
}

/** What a page would do with a change. */
function fold(known: Known, { type, id, data }: Change): void {
  const [kind = "", op] = type.split(".");
  if (kind !== "agent" && kind !== "prompt") return;
  if (op === "deleted") known.delete(key(kind, id));
  else known.set(key(kind, id), data);
}

const isNotice = (event: WatchEvent<Listed>) => !event.type.includes(".");

function startWatch(name: string, client: Client, options: WatchOptions<Listed>, isLast: (change: Change) => boolean) {
  const seqs: number[] = [];
  const notices: string[] = [];
  let known: Known = new Map();
  let start = options.after ?? -1;
  let failed: unknown;

  async function run(): Promise<void> {
    for await (const event of client.watch({ retryDelayMs: () => 1, ...options })) {
      if (event.type === "listed") {
        known = new Map(event.page.rows.map((agent) => [key("agent", agent.id), short(agent)]));
        start = event.page.seq;
        seqs.length = 0;
      } else if (event.type === "connected" && start === -1) start = event.seq;
      if (isNotice(event)) notices.push(event.type);
      else {
        const change = event as Change;
        seqs.push(change.seq);
        fold(known, change);
        if (isLast(change)) break;
      }
    }
  }

  const done = run();
  done.catch((error: unknown) => {
    failed = error;
  });
  return {
    name,
    seqs,
    notices,
    get known() {
      return known;
    },
    get start() {
      return start;
    },
    get connections() {
      return notices.filter((type) => type === "connected").length;
    },
    error: () => failed,
    done,
  } satisfies Watching;
}

/** Repeats a command until it has passed or was refused; what others have deleted or ended meanwhile is refused. */
async function persist(command: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await command();
      return;
    } catch (error) {
      if (isTransient(error)) continue;
      if (error instanceof ApiError && [404, 409].includes(error.status)) return;
      throw error;
    }
  }
}

const STATUSES = ["idle", "planning", "executing", "waiting", "completed"] as const;

/** Writes through the client, whether or not there is a server, until it is told to stop. */
async function write(client: Client, shared: Shared, watched: string, seed: number, goesOn: (step: number) => boolean) {
  const { below, pick } = seededRandom(seed);
  for (let step = 0; goesOn(step); step += 1) {
    const roll = below(100);
    const id = below(5) === 0 ? watched : pick(shared.agents);
    const name = `writer ${seed} step ${step}`;
    await persist(async () => {
      if (roll < 40) {
        const status = id === watched ? "executing" : pick(STATUSES);
        await client.updateRuntimeAgent(id, { status, name });
      } else if (roll < 60) await client.createAgentLog({ agent_id: id, log_type: "milestone", message: name });
      else if (roll < 80) await client.createPrompt({ agent_id: id, prompt_type: "command", prompt_text: name });
      else if (roll < 95) {
        const agent = { orchestrator_agent_id: shared.definition, session_id: pick(SESSIONS), name };
        shared.agents.push((await client.createRuntimeAgent(agent)).id);
      } else if (id !== watched) await client.deleteRuntimeAgent(id);
    });
  }
}

/** The watches, and which rows of the feed each must be told. */
function watches(client: Client, watched: string) {
  type Kind = { options: WatchOptions<Listed>; shows: (row: Row) => boolean; knows: (agent: RuntimeAgent) => boolean };
  const inSessions = ["s0", "s2"];
  return {
    "agents, from a list": {
      options: { types: ["agent"], list: (options) => listAll(client.listRuntimeAgents, {}, undefined, options) },
      shows: ({ entity }) => entity === "agent",
      knows: () => true,
    },
    "two sessions, from a list": {
      options: {
        types: ["agent", "agent_log"],
        session_id: inSessions,
        list: (options) => listAll(client.listRuntimeAgents, { session_id: inSessions }, undefined, options),
      },
      shows: ({ entity, session_id }) => /^agent(_log)?$/.test(entity) && inSessions.includes(session_id),
      knows: ({ session_id }) => inSessions.includes(session_id),
    },
    "everything, from the beginning": { options: { after: 0 }, shows: () => true, knows: () => true },
    "one agent, from the beginning": {
      options: { after: 0, agent_id: watched },
      shows: ({ agent_id }) => agent_id === watched,
      knows: ({ id }) => id === watched,
    },
    "everything, from now": { options: {}, shows: () => true, knows: () => false },
  } satisfies Record<string, Kind>;
}

const RESTARTS = 6;
const WRITERS = 3;

test("watches of a server that restarts six times while four writers write miss nothing and get nothing twice", async () => {
  await using server = await restartingServer({ bookmarkMs: 20 });
  const client = createClient({ url: server.url });
  const { id: definition } = await client.createOrchestratorAgent({ name: "planner", agent_type: "planner" });
  const shared: Shared = { definition, agents: [] };
  const { id: watched } = await client.createRuntimeAgent({ orchestrator_agent_id: definition, session_id: "s0" });
  for (const session_id of SESSIONS) {
    shared.agents.push((await client.createRuntimeAgent({ orchestrator_agent_id: definition, session_id })).id);
  }

  const kinds = Object.entries(watches(client, watched));
  const isLast = (change: Change) => change.type === "agent.updated" && change.data.name === "the end";
  // Two of each: they break at different places.
  const running = kinds.flatMap(([name, { options }]) => [
    startWatch(name, client, options, isLast),
    startWatch(name, createClient({ url: server.url }), options, isLast),
  ]);
  await until("all to be connected", () => running.every(({ connections }) => connections === 1));

  await using other = await openForeignWriter(server.path);
  let written = 0;
  const over = new AbortController();
  const goesOn = () => {
    written += 1;
    return !over.signal.aborted;
  };
  const throughFile = async () => {
    for (let seed = 100; !over.signal.aborted; seed += 1) {
      await writeAsOther(other, shared, seed, 5);
      written += 5;
    }
  };
  const progress = async (what: string) => {
    const wanted = written + 60;
    await until(what, () => written >= wanted);
  };
  const writers = [
    throughFile(),
    ...Array.from({ length: WRITERS }, (_, seed) => write(client, shared, watched, seed, goesOn)),
  ];
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    await progress("writes with the server");
    const before = running.map(({ connections }) => connections);
    const isBack = ({ connections }: Watching, index: number) => connections > before[index]!;
    await server.stop();
    await progress("writes without the server");
    await server.start();
    // Every other time it stops again as soon as the first ones are back.
    await until("them to be back", () => (restart % 2 === 0 ? running.every(isBack) : running.some(isBack)));
  }
  over.abort();
  await Promise.all(writers);
  await client.updateRuntimeAgent(watched, { name: "the end" });
  await Promise.all(running.map(({ done }) => done));

  using db = new Database(server.path, { readonly: true });
  const rows = db.query<Row, []>("select seq, entity, agent_id, session_id from changes order by seq").all();
  expect(rows.at(-1)!.seq).toBe(rows.length);
  const agents = await listAll(client.listRuntimeAgents, {});
  const prompts = await listAll(client.listPrompts, {});
  for (const watch of running) {
    const { options, shows, knows } = Object.fromEntries(kinds)[watch.name]!;
    const expected = rows.filter((row) => row.seq > watch.start && shows(row)).map(({ seq }) => seq);
    expect(watch.seqs, `the changes of ${watch.name}`).toEqual(expected);
    expect(watch.notices.filter((type) => type === "listed").length, watch.name).toBe("list" in options ? 1 : 0);
    expect(watch.notices, watch.name).not.toContain("stale");
    if (watch.name === "everything, from now") continue;
    const known = agents.rows.filter(knows).map((agent): [string, unknown] => [key("agent", agent.id), short(agent)]);
    for (const { prompt_text: _text, response_text: _answer, ...prompt } of prompts.rows) {
      if ("list" in options || (prompt.agent_id !== watched && "agent_id" in options)) continue;
      known.push([key("prompt", prompt.id), prompt]);
    }
    expect(watch.known, `what ${watch.name} knows`).toEqual(new Map(known));
  }
  expect(rows.length).toBeGreaterThan(RESTARTS * 120);
  expect(Math.min(...running.map(({ connections }) => connections))).toBeGreaterThan(RESTARTS / 2);
  expect(server.errors()).toEqual([]);
}, 60_000);

/** A watch of all agents from a list, and one of everything without, connected to a server with one agent. */
async function given(server: RestartingServer) {
  const client = createClient({ url: server.url });
  const define = async (name: string) => {
    const { id } = await client.createOrchestratorAgent({ name, agent_type: "planner" });
    return client.createRuntimeAgent({ orchestrator_agent_id: id, session_id: "s1", name });
  };
  const first = await define("first");
  const isLast = ({ type, data }: Change) =>
    type === "agent.created" && data !== null && "name" in data && data.name === "last";
  const [withList, without] = [
    startWatch(
      "with a list",
      client,
      { types: ["agent"], list: (options) => client.listRuntimeAgents({}, options) },
      isLast,
    ),
    startWatch("without", client, { after: 0 }, isLast),
  ];
  await until("both to be connected", () => withList.connections === 1 && without.connections === 1);
  await server.stop();
  return { client, define, first, withList, without };
}

test("a history that was pruned while the server was away is answered by listing again", async () => {
  await using server = await restartingServer({ bookmarkMs: 20 });
  const { client, define, first, withList, without } = await given(server);
  writeSql(server.path, "update agents set name = 'unseen'", insertLogs(9), "delete from changes where seq < 8");
  await server.start();
  await until("both to be back", () => withList.connections === 2 && without.connections === 2);
  const last = await define("last");
  await Promise.all([withList.done, without.done]);

  const seen = { ...short(first), name: "unseen", updated_at: expect.any(String) };
  expect(withList.known).toEqual(
    new Map<string, unknown>([
      [key("agent", first.id), seen],
      [key("agent", last.id), short(last)],
    ]),
  );
  const told = (notices: readonly string[]) => notices.filter((type) => type !== "disconnected");
  expect(told(withList.notices)).toEqual(["listed", "connected", "stale", "listed", "connected"]);
  expect(told(without.notices)).toEqual(["connected", "stale", "connected"]);
  const { head_seq: head } = await client.listEvents();
  expect(without.seqs, "what it saw before, and what came behind the head").toEqual([1, 2, head - 1, head]);
});

test("a file that was replaced while the server was away is listed anew, however far its numbers go", async () => {
  await using server = await restartingServer({ bookmarkMs: 20 });
  const { define, first, withList, without } = await given(server);
  for (const suffix of ["", "-wal", "-shm"]) rmSync(server.path + suffix, { force: true });
  await server.start();
  await until("both to be back", () => withList.connections === 2 && without.connections === 2);
  const last = await define("last");
  await Promise.all([withList.done, without.done]);

  expect(withList.known).toEqual(new Map<string, unknown>([[key("agent", last.id), short(last)]]));
  expect(withList.known.has(key("agent", first.id))).toBe(false);
  expect(without.notices).toContain("stale");
  expect(without.seqs).toEqual([1, 2, 1, 2]);
});
