import { type Client, createClient } from "#src/client/client.ts";
import { type TestClock, testClock } from "#test/support/clock.ts";
import { copyFixture, type Fixture, testFolder } from "#test/support/folder.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { type Program, startProgram } from "#test/support/program.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { type Cast, playScenario, SCENARIO_NOW, SCENARIO_START } from "./scenario.ts";

/*
 * Where a page can be opened: `testServer()` of test/support is an empty one in this process; below are one with runs of
 * several days, one over a database of the ancestor, and one that can be killed.
 */

export type StagedServer = TestServer & {
  readonly client: Client;
  /** It shows SCENARIO_NOW; give the page the same by `now`. */
  readonly clock: TestClock;
  readonly cast: Cast;
};

const MINUTE = 60_000;

/** A server in this process on which `playScenario` has been played: the same rows, ids and times in every run. */
export async function stagedServer(): Promise<StagedServer> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  const clock = testClock(SCENARIO_START);
  const config = {
    databasePath: path,
    host: "127.0.0.1",
    port: 0,
    corsOrigins: [],
    logLevel: "info" as const,
    ...KEEP_ALL,
    quietAfterMs: 5 * MINUTE,
    lostAfterMs: 60 * MINUTE,
  };
  // The second one finds who is silent when it starts.
  const first = await testServer(path, { config: { ...config, ...NO_SILENCE }, clock, newId: idsInARow() });
  const cast = await playScenario({
    client: createClient({ url: first.url }),
    passTo: (time) => clock.advance(Math.max(0, time - clock())),
  });
  await first[Symbol.asyncDispose]();
  runSql(path, TIMES);
  clock.advance(SCENARIO_NOW - clock());
  const server = await testServer(path, { config, clock, newId: idsInARow("b") });
  const client = createClient({ url: server.url });
  await until("who is lost", async () => (await client.getRuntimeAgent(cast.lost)).lost);
  await until("who is quiet", async () => (await client.getRuntimeAgent(cast.quiet)).quiet_since !== null);
  return {
    ...server,
    client,
    clock,
    cast,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/**
 * A change of a status is noted with SQLite's own time: as if it had been that of its log. So are the age of the file and of
 * its changes; their history has a name by chance.
 */
const TIMES = `
  update agents set last_activity_ms = (
    select max(ms) from (
      select agents.started_ms as ms
      union all select created_ms from agent_logs where agent_id = agents.id
      union all select created_ms from prompts where agent_id = agents.id));
  update agents set updated_ms = last_activity_ms where updated_ms > last_activity_ms;
  update orchestrator_sessions set last_ms = (
    select max(last_activity_ms) from agents where session_id = orchestrator_sessions.session_id);
  update changes set at_ms =
    ${SCENARIO_START} + ${SCENARIO_NOW - SCENARIO_START} * seq / (select max(seq) from changes);
  update orchestrator_meta set value = '${SCENARIO_START}' where key = 'retention_since';
  update orchestrator_meta set value = '5c1e0a7d42b94f3896d1e2f0a8b7c6d5' where key = 'feed'`;

const NO_SILENCE = { quietAfterMs: null, lostAfterMs: null };

/** Ids that look like those of the server. */
function idsInARow(block = "a"): () => string {
  let last = 0;
  return () => `019c0000-0000-7000-${block}000-${(last += 1).toString(16).padStart(12, "0")}`;
}

/** A server in this process over a copy of one of the ancestor's databases. */
export async function fixtureServer(fixture: Fixture): Promise<TestServer> {
  const folder = testFolder();
  const server = await testServer(copyFixture(folder, fixture));
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The program in a process of its own, that comes back on the same file and the same port. */
export type KillableServer = AsyncDisposable & {
  readonly url: string;
  readonly path: string;
  /** As a power cut does it; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it listens. */
  start(): Promise<void>;
};

/** Starts one. @param environment further variables: `API_TOKEN`, `QUIET_AFTER`, … */
export async function killableServer(environment: Readonly<Record<string, string>> = {}): Promise<KillableServer> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  let program = launch("0");
  const url = await program.url;
  const { port } = new URL(url);

  function launch(onPort: string): Program {
    const variables = { ...environment, DATABASE_PATH: path, PORT: onPort };
    return startProgram(folder.path, variables, ["serve"], LIFE_MS);
  }

  return {
    url,
    path,
    async kill() {
      program.kill("SIGKILL");
      await program.exited;
    },
    async start() {
      program = launch(port);
      await program.url;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** As long as the slowest test. */
const LIFE_MS = 60_000;
