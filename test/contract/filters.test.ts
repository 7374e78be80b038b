import { describe, expect, test } from "bun:test";
import type { PageRequest } from "#src/domain/listing.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import { seededRandom } from "#test/support/random.ts";
import { ENGINES } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, aWorkflow, pagesOf } from "./rows.ts";

type Row = { readonly id: string | number } & Record<string, unknown>;
type AnyList = (filter: object, page: PageRequest) => Promise<Read<Page<Row>>>;

/** A list with its filters: for each the field that it compares, and values to ask for, of which some match nothing. */
type List = {
  readonly list: string;
  readonly of: (db: DatabaseManager) => { readonly list: unknown };
  readonly time: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, readonly (string | boolean)[]>>;
};

const IDS = ["i0", "i1", "i2", "i3", "nobody"];
const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const AGENTS_OWN = { session_id: "session_id", agent_id: "agent_id" };

const LISTS: readonly List[] = [
  {
    list: "definitions",
    of: (db) => db.orchestratorAgents,
    time: "created_at",
    fields: { agent_type: "agent_type", is_active: "is_active" },
    values: { agent_type: ["planner", "builder", "x", "none"], is_active: [true, false] },
  },
  {
    list: "runtime agents",
    of: (db) => db.agents,
    time: "started_at",
    fields: {
      session_id: "session_id",
      status: "status",
      orchestrator_agent_id: "orchestrator_agent_id",
      parent_agent_id: "parent_agent_id",
    },
    values: { session_id: IDS, status: AGENT_STATUSES, orchestrator_agent_id: IDS, parent_agent_id: IDS },
  },
  {
    list: "prompts",
    of: (db) => db.prompts,
    time: "created_at",
    fields: { ...AGENTS_OWN, status: "status", prompt_type: "prompt_type", model: "model_used" },
    values: {
      session_id: IDS,
      agent_id: IDS,
      status: ["pending", "completed", "failed"],
      prompt_type: ["command", "followup", "adw"],
      model: ["small", "large", "none"],
    },
  },
  {
    list: "agent logs",
    of: (db) => db.agentLogs,
    time: "created_at",
    fields: { ...AGENTS_OWN, level: "log_level", log_type: "log_type" },
    values: { session_id: IDS, agent_id: IDS, level: LEVELS, log_type: ["milestone", "error", "tool_call"] },
  },
  {
    list: "system logs",
    of: (db) => db.systemLogs,
    time: "created_at",
    fields: { level: "log_level", component: "component" },
    values: { level: LEVELS, component: ["feed", "scheduler", "none"] },
  },
  {
    list: "workflows",
    of: (db) => db.workflows,
    time: "created_at",
    fields: { status: "status", workflow_type: "workflow_type" },
    values: { status: ["pending", "in_progress", "completed"], workflow_type: ["sdlc", "patch", "none"] },
  },
];

const ROWS = 300;
/** Many rows share a millisecond. */
const SECONDS = 7;

/** Rows with random fields, as a list would give them all. */
async function fill(db: DatabaseManager, random: ReturnType<typeof seededRandom>): Promise<Record<string, Row[]>> {
  const id = () => random.pick(IDS.slice(0, 4));
  const time = () => at(random.below(SECONDS));
  const level = () => random.pick(LEVELS) as "INFO";
  const many = <Item>(make: (number: number) => Item) => Array.from({ length: ROWS }, (_, number) => make(number));
  const all = <Item>(rows: readonly Item[], write: (row: Item) => Promise<unknown>) => Promise.all(rows.map(write));

  const definitions = [...IDS.slice(0, 4), ...many((number) => `d${number}`)].map((one) =>
    aDefinition({
      id: one,
      agent_type: random.pick(["planner", "builder", "x"]),
      is_active: random.below(3) > 0,
      created_at: time(),
    }),
  );
  await all(definitions, (row) => db.orchestratorAgents.insert(row));
  const agents = [...IDS.slice(0, 4), ...many((number) => `a${number}`)].map((one, index) =>
    anAgent({
      id: one,
      orchestrator_agent_id: id(),
      session_id: id(),
      parent_agent_id: index < 4 || random.below(2) === 0 ? null : id(),
      status: random.pick(AGENT_STATUSES),
      started_at: time(),
    }),
  );
  await all(agents, (row) => db.agents.insert(row));
  const sessions = new Map(agents.map((agent) => [agent.id, agent.session_id]));
  const prompts = many((number) =>
    aPrompt({
      id: `p${number}`,
      agent_id: id(),
      status: random.pick(["pending", "completed"]),
      prompt_type: random.pick(["command", "followup"]),
      model_used: random.pick(["small", "large", null]),
      created_at: time(),
    }),
  );
  await all(prompts, (row) => db.prompts.insert(row, 0));
  const logs = await db.agentLogs.append(
    many(() =>
      aLog({
        agent_id: id(),
        log_level: level(),
        log_type: random.pick(["milestone", "error"]),
        created_at: time(),
      }),
    ),
  );
  const systemLogs = await all(
    many(() => aSystemLog({ log_level: level(), component: random.pick(["feed", "scheduler"]), created_at: time() })),
    (row) => db.systemLogs.append(row),
  );
  const workflows = many((number) =>
    aWorkflow({
      id: `w${number}`,
      status: random.pick(["pending", "in_progress", "completed"]),
      workflow_type: random.pick(["sdlc", "patch"]),
      created_at: time(),
    }),
  );
  await all(workflows, (row) => db.workflows.insert(row));
  const withSession = <Item extends { agent_id: string }>(row: Item) => ({
    ...row,
    session_id: sessions.get(row.agent_id),
  });
  return {
    definitions,
    "runtime agents": agents,
    prompts: prompts.map(withSession),
    "agent logs": logs.map(withSession),
    "system logs": systemLogs as Row[],
    workflows,
  };
}

/** What a list must give, the plain way. */
function expected(rows: readonly Row[], list: List, filter: Record<string, unknown>, window: Partial<PageRequest>) {
  const millis = (row: Row) => Date.parse(row[list.time] as string);
  const passes = (row: Row) =>
    Object.entries(filter).every(([name, value]) => [value].flat().includes(row[list.fields[name]!])) &&
    millis(row) >= (window.since ?? Number.NEGATIVE_INFINITY) &&
    millis(row) < (window.until ?? Number.POSITIVE_INFINITY);
  const newestFirst = (a: Row, b: Row) => millis(b) - millis(a) || (a.id < b.id ? 1 : -1);
  return rows
    .filter(passes)
    .toSorted(newestFirst)
    .map(({ id }) => id);
}

function randomFilter({ values }: List, random: ReturnType<typeof seededRandom>): Record<string, unknown> {
  const names = Object.keys(values).filter(() => random.below(2) === 0);
  return Object.fromEntries(
    names.map((name) => {
      const some = values[name]!;
      // "Any of" may name a value twice.
      const anyOf = Array.from({ length: 1 + random.below(4) }, () => random.pick(some));
      return [name, name === "is_active" ? anyOf[0] : anyOf];
    }),
  );
}

function randomWindow(random: ReturnType<typeof seededRandom>): Partial<PageRequest> {
  const time = () => Date.parse(at(random.below(SECONDS + 1)));
  return {
    ...(random.below(3) === 0 ? { since: time() } : {}),
    ...(random.below(3) === 0 ? { until: time() } : {}),
  };
}

describe.each([...ENGINES])("$name: filters", (engine) => {
  test("any of them, alone and together, give exactly their rows, in order, over all pages", async () => {
    await using on = await engine.open();
    const random = seededRandom(4);
    const rows = await fill(on.db, random);
    for (const list of LISTS) {
      const read = list.of(on.db).list as AnyList;
      for (let round = 0; round < 60; round += 1) {
        const filter = randomFilter(list, random);
        const window = randomWindow(random);
        const limit = random.pick([1, 3, 10, 100, 1000]);
        const pages = await pagesOf((page) => read(filter, { ...page, ...window }), limit);
        const asked = JSON.stringify({ list: list.list, filter, window, limit });
        expect({ asked, ids: pages.flat().map(({ id }) => id) }).toEqual({
          asked,
          ids: expected(rows[list.list]!, list, filter, window),
        });
        expect(pages.every((page) => page.length <= limit)).toBe(true);
      }
    }
  });

  test("a hundred values are as one", async () => {
    await using on = await engine.open();
    const rows = await fill(on.db, seededRandom(5));
    const sessions = [...IDS, ...Array.from({ length: 95 }, (_, number) => `s${number}`)];
    const pages = await pagesOf((page) => on.db.agentLogs.list({ session_id: sessions }, page), 70);
    expect(pages.flat().map(({ id }) => id)).toEqual(
      expected(rows["agent logs"]!, LISTS[3]!, { session_id: sessions }, {}) as number[],
    );
  });

  test("rows that share one millisecond are paged by their ids", async () => {
    await using on = await engine.open();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent());
    await on.db.agentLogs.append(Array.from({ length: 50 }, () => aLog()));
    for (const filter of [
      {},
      { level: ["INFO"] },
      { level: ["INFO", "ERROR"] },
      { agent_id: ["a1"], level: ["INFO"] },
    ]) {
      const pages = await pagesOf((page) => (on.db.agentLogs.list as unknown as AnyList)(filter, page), 20);
      expect(pages.map((page) => page.length)).toEqual([20, 20, 10]);
      expect(pages.flat().map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => 50 - index));
    }
  });
});
