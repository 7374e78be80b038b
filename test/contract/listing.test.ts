import { describe, expect, test } from "bun:test";
import type { AgentLogFilter } from "#src/domain/agent-log.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Page, Read } from "#src/database/manager.ts";
import { ENGINES, type OpenEngine } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, aWorkflow, pagesOf, seed } from "./rows.ts";

type Row = { readonly id: string | number };

/** Each list that goes by a time of its rows: how to write a row at a time, and how to read it. */
const LISTS = [
  {
    list: "definitions",
    write: (on: OpenEngine, id: string, time: string) =>
      on.db.orchestratorAgents.insert(aDefinition({ id, created_at: time })),
    store: (on: OpenEngine) => on.db.orchestratorAgents,
  },
  {
    list: "runtime agents",
    write: (on: OpenEngine, id: string, time: string) => on.db.agents.insert(anAgent({ id, started_at: time })),
    store: (on: OpenEngine) => on.db.agents,
  },
  {
    list: "prompts",
    write: (on: OpenEngine, id: string, time: string) => on.db.prompts.insert(aPrompt({ id, created_at: time }), 0),
    store: (on: OpenEngine) => on.db.prompts,
  },
  {
    list: "workflows",
    write: (on: OpenEngine, id: string, time: string) => on.db.workflows.insert(aWorkflow({ id, created_at: time })),
    store: (on: OpenEngine) => on.db.workflows,
  },
] as const;

type AnyList = (filter: object, page: PageRequest) => Promise<Read<Page<Row>>>;

const listOf = (store: { readonly list: unknown }): AnyList => store.list as AnyList;
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);

describe.each(ENGINES.flatMap((engine) => LISTS.map((one) => ({ name: engine.name, list: one.list, engine, one }))))(
  "$name: the list of $list",
  ({ engine, list, one: { write, store } }) => {
    /** Five rows at three times: x1 and x2, and x3 and x4, came in the same millisecond. */
    async function five(): Promise<OpenEngine> {
      const on = await engine.open();
      if (list === "prompts" || list === "runtime agents") await on.db.orchestratorAgents.insert(aDefinition());
      if (list === "prompts") await on.db.agents.insert(anAgent());
      for (const [id, seconds] of [
        ["x3", 2],
        ["x1", 1],
        ["x5", 3],
        ["x4", 2],
        ["x2", 1],
      ] as const) {
        await write(on, id, at(seconds));
      }
      return on;
    }

    test.each([1, 2, 3, 5, 1000])("is newest first, with ties by id, in pages of %d", async (limit) => {
      await using on = await five();
      const pages = await pagesOf((page) => listOf(store(on))({}, page), limit);
      expect(ids(pages.flat())).toEqual(["x5", "x4", "x3", "x2", "x1"]);
      expect(pages.map((page) => page.length).every((length) => length <= limit)).toBe(true);
    });

    test.each<{ window: { since?: number; until?: number }; found: string[] }>([
      { window: { since: 1 }, found: ["x5", "x4", "x3", "x2", "x1"] },
      { window: { since: 2 }, found: ["x5", "x4", "x3"] },
      { window: { until: 3 }, found: ["x4", "x3", "x2", "x1"] },
      { window: { since: 2, until: 3 }, found: ["x4", "x3"] },
      { window: { since: 2, until: 2 }, found: [] },
      { window: { since: 4 }, found: [] },
    ])("begins at since and ends before until: %j", async ({ window, found }) => {
      await using on = await five();
      const millis = Object.fromEntries(Object.entries(window).map(([name, value]) => [name, Date.parse(at(value))]));
      const pages = await pagesOf((page) => listOf(store(on))({}, { ...page, ...millis }), 1);
      expect(ids(pages.flat())).toEqual(found);
    });

    test("keeps its place while newer rows come", async () => {
      await using on = await five();
      const first = await listOf(store(on))({}, { limit: 2 });
      await write(on, "x9", at(9));
      const second = await listOf(store(on))({}, { limit: 10, cursor: first.value.next! });
      expect([...ids(first.value.rows), ...ids(second.value.rows)]).toEqual(["x5", "x4", "x3", "x2", "x1"]);
    });
  },
);

describe.each([...ENGINES])("$name: every list", (engine) => {
  test("carries the seq it was read at", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const { headSeq } = await on.db.changes.state();
    expect(headSeq).toBe(2);
    const page = { limit: 1 };
    const { orchestratorAgents, agents, prompts, agentLogs, systemLogs, workflows, sessions } = on.db;
    for (const list of [orchestratorAgents, agents, prompts, agentLogs, systemLogs, workflows, sessions]) {
      expect((await listOf(list)({}, page)).seq).toBe(headSeq);
    }
    expect((await agents.get("a1")).seq).toBe(headSeq);
    expect((await sessions.get("s1", 1)).seq).toBe(headSeq);
    await systemLogs.append(aSystemLog());
    expect((await agents.list({}, page)).seq).toBe(headSeq + 1);
  });

  test("examines at most 10,000 rows for a page, and goes on where it ended", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const batch = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => aLog({ created_at: at(from + index) }));
    await on.db.agentLogs.append([aLog({ log_type: "error", created_at: at(-1) })]);
    for (let from = 0; from < 21_000; from += 3_000) await on.db.agentLogs.append(batch(from, 3_000));
    const filter: AgentLogFilter = { level: ["INFO"], log_type: ["error"] };
    const pages = await pagesOf((page) => on.db.agentLogs.list(filter, page), 10);
    // On a slow machine a page ends earlier still.
    expect(pages.length).toBeGreaterThanOrEqual(3);
    expect(pages.map((page) => page.length)).toEqual([...pages.slice(1).map(() => 0), 1]);
  });

  test("ends a page at about 4 MB", async () => {
    await using on = await engine.open();
    await seed(on.db);
    for (let number = 1; number <= 6; number += 1) {
      await on.db.prompts.insert(aPrompt({ id: `p${number}`, prompt_text: "x".repeat(1_500_000) }), 0);
    }
    const pages = await pagesOf((page) => on.db.prompts.list({}, page), 1000);
    expect(pages.map(ids)).toEqual([
      ["p6", "p5", "p4"],
      ["p3", "p2", "p1"],
    ]);
    const filtered = await pagesOf((page) => on.db.prompts.list({ status: ["pending"] }, page), 1000);
    expect(filtered.map(ids)).toEqual(pages.map(ids));
  });
});
