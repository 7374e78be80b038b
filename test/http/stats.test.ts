import { expect, test } from "bun:test";
import { MOST_STATS_ROWS } from "#src/domain/stats.ts";
import { agent, definition, NOW, prompt } from "#test/support/given.ts";
import {
  advance,
  get,
  patch,
  prepare,
  remove,
  runScenarios,
  type Scenario,
  send,
  sql,
  type Step,
} from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

const PATH = "/api/stats";
const DAY = 86_400_000;
const [FIFTH, SIXTH] = ["2026-02-05", "2026-02-06"];
/** The same as the store counts days. */
const [DAY_5, UNREADABLE_DAY] = [20_489, -104_249_992];

type Row = readonly [
  key: string | null,
  agents: number,
  prompts: number,
  input: number,
  output: number,
  usd: number,
  day?: string | null,
];

const rows = (...told: readonly Row[]) =>
  told.map(([key, agents, prompts, tokens_input, tokens_output, cost_usd, day]) => ({
    key,
    agents,
    prompts,
    tokens_input,
    tokens_output,
    cost_usd,
    ...(day === undefined ? {} : { day }),
  }));

const totals = (name: string, query: string, given: readonly Step[], ...told: readonly Row[]): Scenario => ({
  name,
  given,
  request: get(`${PATH}${query}`),
  status: 200,
  body: rows(...told),
});

/** A planner with an agent that costs more than its prompts, a builder; both go on the next day. */
const TWO_DAYS = [
  definition(),
  definition({ name: "builder", agent_type: "builder" }),
  agent(), // id-3
  agent({ orchestrator_agent_id: "id-2" }), // id-4
  prompt({ agent_id: "id-3", model_used: "opus", tokens_input: 10, tokens_output: 1, cost_usd: 0.2 }), // id-5
  prompt({ agent_id: "id-3", model_used: "haiku", tokens_input: 5, cost_usd: 0.01 }),
  patch("/api/runtime/agents/id-3", { cost_usd: 0.5 }),
  advance(DAY),
  prompt({ agent_id: "id-4", model_used: "opus", tokens_output: 2, cost_usd: 1 }), // id-7
  agent({ status: "completed" }), // id-8
];

runScenarios("GET /api/stats", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  {
    name: "by day, unless told otherwise: newest first, read at a seq",
    given: TWO_DAYS,
    request: get(PATH),
    status: 200,
    headers: { "X-Change-Seq": "12", Link: null },
    body: rows([SIXTH, 1, 1, 0, 2, 1, SIXTH], [FIFTH, 2, 2, 15, 1, 0.5, FIFTH]),
  },
  totals("by=day says the same", "?by=day", TWO_DAYS, [SIXTH, 1, 1, 0, 2, 1, SIXTH], [FIFTH, 2, 2, 15, 1, 0.5, FIFTH]),
  totals(
    "by=model: the costliest first; null is what agents cost beyond their prompts",
    "?by=model",
    TWO_DAYS,
    ["opus", 2, 2, 10, 3, 1.2],
    [null, 0, 0, 0, 0, 0.29],
    ["haiku", 1, 1, 5, 0, 0.01],
  ),
  totals(
    "by=agent_type: what the agents cost",
    "?by=agent_type",
    TWO_DAYS,
    ["builder", 1, 1, 0, 2, 1],
    ["planner", 2, 2, 15, 1, 0.5],
  ),
  totals(
    "by=orchestrator_agent: by the id of the definition",
    "?by=orchestrator_agent",
    TWO_DAYS,
    ["id-2", 1, 1, 0, 2, 1],
    ["id-1", 2, 2, 15, 1, 0.5],
  ),
  totals(
    "by=model,day: a row for each day",
    "?by=model,day",
    TWO_DAYS,
    ["opus", 1, 1, 0, 2, 1, SIXTH],
    [null, 0, 0, 0, 0, 0.29, FIFTH],
    ["opus", 1, 1, 10, 1, 0.2, FIFTH],
    ["haiku", 1, 1, 5, 0, 0.01, FIFTH],
  ),
  totals(
    "by=day,orchestrator_agent: agents and cost on the day of the start, prompts and tokens on the prompt's",
    "?by=day,orchestrator_agent",
    TWO_DAYS,
    ["id-1", 1, 0, 0, 0, 0, SIXTH],
    ["id-2", 0, 1, 0, 2, 0, SIXTH],
    ["id-2", 1, 0, 0, 0, 1, FIFTH],
    ["id-1", 1, 2, 15, 1, 0.5, FIFTH],
  ),
  totals(
    "an agent of a model counts on each day that it has a prompt of it, however many",
    "?by=model",
    [
      definition(),
      agent(),
      prompt({ model_used: "m" }),
      prompt({ model_used: "m" }),
      advance(DAY),
      prompt({ model_used: "m" }),
    ],
    ["m", 2, 3, 0, 0, 0],
  ),
]);

const window = (query: string, ...days: readonly string[]): Scenario => ({
  name: query,
  given: TWO_DAYS,
  request: get(`${PATH}?${query}`),
  status: 200,
  body: days.map((day) => ({ key: day })),
});

runScenarios("a window of /api/stats takes whole days", [
  window(`since=${FIFTH}`, SIXTH, FIFTH),
  window(`since=${FIFTH}T23:59:59.999Z`, SIXTH, FIFTH),
  window(`since=${SIXTH}`, SIXTH),
  window(`since=${SIXTH}T01:30:00%2B02:00`, SIXTH, FIFTH),
  window("since=2026-02-07"),
  window(`until=${FIFTH}`),
  window(`until=${FIFTH}T00:00:00.001Z`, FIFTH),
  window(`until=${SIXTH}`, FIFTH),
  window("until=2026-02-07", SIXTH, FIFTH),
  window(`since=${FIFTH}&until=${SIXTH}`, FIFTH),
  window(`since=${SIXTH}&until=${FIFTH}`),
  {
    name: "and narrows totals of every kind",
    given: TWO_DAYS,
    request: get(`${PATH}?by=agent_type&until=${SIXTH}`),
    status: 200,
    body: rows(["builder", 1, 0, 0, 0, 1], ["planner", 1, 2, 15, 1, 0.5]),
  },
]);

/** An agent of another program, of `id-1` unless told. */
const foreignAgent = (id: string, startedAt: string, usd: number | string, definitionId = "id-1") =>
  sql(`pragma foreign_keys = off;
    insert into agents (id, orchestrator_agent_id, session_id, status, started_at, cost_usd)
    values ('${id}', '${definitionId}', 's9', 'completed', '${startedAt}', ${usd})`);

const foreignPrompt = (id: string, createdAt: string, usd: number | string, model = "null", tokens = "null") =>
  sql(`insert into prompts (id, agent_id, prompt_type, prompt_text, status, created_at, cost_usd, model_used, tokens_input)
    values ('${id}', 'id-2', 'command', 'x', 'completed', '${createdAt}', ${usd}, ${model}, ${tokens})`);

runScenarios("GET /api/stats counts what others write", [
  totals(
    "at times with a blank or a T, of either side of midnight",
    "",
    [
      definition(),
      agent(),
      foreignAgent("a", "2026-02-05 23:59:59", 1),
      foreignAgent("b", "2026-02-06T00:00:00", 2),
      foreignAgent("c", "2026-02-06T01:00:00+02:00", 4),
    ],
    [SIXTH, 1, 0, 0, 0, 2, SIXTH],
    [FIFTH, 3, 0, 0, 0, 5, FIFTH],
  ),
  totals(
    "without a time that can be read last, as no day",
    "",
    [definition(), agent(), foreignAgent("a", "last week", 1), foreignPrompt("p", "", 0.5, "'m'")],
    [FIFTH, 1, 0, 0, 0, 0, FIFTH],
    [null, 1, 1, 0, 0, 1.5, null],
  ),
  totals("without a time that can be read in no window", "?until=9999-12-31&by=model", [
    definition(),
    agent(),
    foreignAgent("a", "last week", 1),
    foreignPrompt("p", "", 0.5, "'m'"),
  ]),
  totals(
    "with a cost that is none as nothing",
    "?by=orchestrator_agent",
    [
      definition(),
      agent(),
      foreignAgent("a", NOW, "'cheap'"),
      foreignAgent("b", NOW, -3),
      foreignAgent("c", NOW, "null"),
    ],
    ["id-1", 4, 0, 0, 0, 0],
  ),
  totals(
    "with tokens that are none as none, and whatever stands for a model",
    "?by=model",
    [
      definition(),
      agent(),
      foreignPrompt("p", NOW, 0, "''", "'many'"),
      foreignPrompt("q", NOW, 0, "x'6f70'", "-1"),
      foreignPrompt("r", NOW, 0, "7", "1.5"),
      foreignPrompt("s", NOW, 0, "'\u001B[2J'", "9e999"),
    ],
    [null, 1, 1, 0, 0, 0],
    ["\u001B[2J", 1, 1, 0, 0, 0],
    ["7", 1, 1, 1, 0, 0],
    ["op", 1, 1, 0, 0, 0],
  ),
  totals(
    "replaced rows once",
    "?by=model",
    [
      definition(),
      agent(),
      foreignPrompt("p", NOW, 1, "'m'", "5"),
      sql(`replace into prompts (id, agent_id, prompt_type, prompt_text, status, created_at, cost_usd, model_used)
        values ('p', 'id-2', 'command', 'x', 'completed', '${NOW}', 0.25, 'n')`),
    ],
    ["n", 1, 1, 0, 0, 0.25],
  ),
  totals(
    "a moved agent where it now is",
    "",
    [definition(), agent(), sql("update agents set started_at = '2026-01-01 12:00:00', cost_usd = 3")],
    ["2026-01-01", 1, 0, 0, 0, 3, "2026-01-01"],
  ),
]);

const PRICED = [definition(), agent(), prompt({ model_used: "opus", tokens_input: 10, cost_usd: 0.5 })]; // id-3
const purged = `insert into orchestrator_purged_model_days (day, model, agents, prompts, tokens_input, tokens_output, nano)
    values (${DAY_5}, 'opus', 2, 3, 100, 7, 250000000), (${DAY_5 - 400}, 'old', 1, 1, 1, 1, 1), (${DAY_5}, '', 0, 0, 0, 0, 4000000000);
  insert into orchestrator_purged_definition_days (definition_id, day, agents, completed, prompts, tokens_input, nano)
    values ('id-1', ${DAY_5}, 2, 2, 3, 100, 750000000), ('gone', ${DAY_5 - 400}, 1, 1, 1, 1, 1),
      ('gone', ${UNREADABLE_DAY}, 1, 1, 0, 0, 1000000000);
  insert into orchestrator_purged_sessions (session_id, agents, completed, prompts, tokens_input, nano)
    values ('s1', 2, 2, 3, 100, 750000000)`;

runScenarios("GET /api/stats follows what is changed", [
  totals(
    "a prompt of another model",
    "?by=model",
    [...PRICED, patch("/api/runtime/prompts/id-3", { model_used: "haiku" })],
    ["haiku", 1, 1, 10, 0, 0.5],
  ),
  totals(
    "a prompt without a model",
    "?by=model",
    [...PRICED, patch("/api/runtime/prompts/id-3", { model_used: null })],
    [null, 1, 1, 10, 0, 0.5],
  ),
  totals(
    "a prompt of another price, which is booked on its agent, and of other tokens",
    "?by=orchestrator_agent",
    [...PRICED, patch("/api/runtime/prompts/id-3", { cost_usd: 0.75, tokens_input: 3, tokens_output: 4 })],
    ["id-1", 1, 1, 3, 4, 0.75],
  ),
  totals(
    "an agent that costs more than its prompts, under no model",
    "?by=model",
    [...PRICED, patch("/api/runtime/agents/id-2", { cost_usd: 2 })],
    [null, 0, 0, 0, 0, 1.5],
    ["opus", 1, 1, 10, 0, 0.5],
  ),
  totals(
    "an agent that costs less than its prompts, which cost what they do",
    "?by=model",
    [...PRICED, patch("/api/runtime/agents/id-2", { cost_usd: 0.1 })],
    ["opus", 1, 1, 10, 0, 0.5],
  ),
  totals(
    "the same by type, where it costs what it does",
    "?by=agent_type",
    [...PRICED, patch("/api/runtime/agents/id-2", { cost_usd: 0.1 })],
    ["planner", 1, 1, 10, 0, 0.1],
  ),
  totals(
    "a definition of another type",
    "?by=agent_type",
    [...PRICED, sql("update orchestrator_agents set agent_type = 'tester'")],
    ["tester", 1, 1, 10, 0, 0.5],
  ),
  totals(
    "a prompt that was deleted",
    "?by=model",
    [...PRICED, remove("/api/runtime/prompts/id-3")],
    [null, 0, 0, 0, 0, 0.5],
  ),
  totals("an agent that was deleted with its prompts", "", [...PRICED, remove("/api/runtime/agents/id-2")]),
  totals("a definition that was deleted with all of it", "?by=agent_type", [
    ...PRICED,
    patch("/api/runtime/agents/id-2", { status: "completed" }),
    remove("/api/agents/id-1?cascade=true"),
  ]),
  totals(
    "a definition that is gone while its agents are not, as no type",
    "?by=agent_type",
    [...PRICED, sql("pragma foreign_keys = off; delete from orchestrator_agents")],
    [null, 1, 1, 10, 0, 0.5],
  ),
  totals(
    "which by definition still has its id",
    "?by=orchestrator_agent",
    [...PRICED, sql("pragma foreign_keys = off; delete from orchestrator_agents")],
    ["id-1", 1, 1, 10, 0, 0.5],
  ),
]);

runScenarios("GET /api/stats counts on what retention has removed", [
  totals(
    "by day",
    "",
    [...PRICED, sql(purged)],
    [FIFTH, 3, 4, 110, 7, 4.75, FIFTH],
    ["2025-01-01", 1, 1, 1, 1, 0.000000001, "2025-01-01"],
    [null, 1, 0, 0, 0, 0, null],
  ),
  totals(
    "by model",
    "?by=model",
    [...PRICED, sql(purged)],
    [null, 0, 0, 0, 0, 4],
    ["opus", 3, 4, 110, 7, 0.75],
    ["old", 1, 1, 1, 1, 0.000000001],
  ),
  totals(
    "by type, of a definition that is gone",
    "?by=agent_type",
    [...PRICED, sql(purged)],
    ["planner", 3, 4, 110, 0, 1.25],
    [null, 2, 1, 1, 0, 1.000000001],
  ),
  totals(
    "by definition and day, in a window",
    "?by=orchestrator_agent,day&since=2025-01-01&until=2025-01-02",
    [...PRICED, sql(purged)],
    ["gone", 1, 1, 1, 0, 0.000000001, "2025-01-01"],
  ),
  {
    name: "and so does the session",
    given: [...PRICED, sql(purged)],
    request: get("/api/runtime/sessions/s1"),
    status: 200,
    body: {
      agents: { total: 3, by_status: { initializing: 1, completed: 2 }, quiet: 0, lost: 0 },
      prompts: 4,
      tokens_input: 110,
      cost_usd: 1.25,
    },
  },
  {
    name: "also when none of its agents is left",
    given: [...PRICED, sql(purged), remove("/api/runtime/agents/id-2")],
    request: get("/api/runtime/sessions"),
    status: 200,
    body: [
      {
        session_id: "s1",
        agents: { total: 2, by_status: { completed: 2 }, quiet: 0, lost: 0 },
        prompts: 3,
        cost_usd: 0.75,
      },
    ],
  },
]);

const refused = (query: string, pointer: string, detail: unknown): Scenario => ({
  name: query,
  given: PRICED,
  request: get(`${PATH}?${query}`),
  status: 422,
  problem: { code: "validation", errors: [{ pointer, detail }] },
});
const ONE_OF = "expected one of day, model, agent_type, orchestrator_agent, or one of them and day (model,day)";

runScenarios("GET /api/stats refuses", [
  refused("by=", "by", ONE_OF),
  refused("by=week", "by", ONE_OF),
  refused("by=Model", "by", ONE_OF),
  refused("by=model,agent_type", "by", ONE_OF),
  refused("by=model&by=day", "by", expect.any(String)),
  refused("group=model", "group", expect.any(String)),
  refused("limit=5", "limit", expect.any(String)),
  refused("since=yesterday", "since", expect.any(String)),
  refused("until=2026-02-30", "until", expect.any(String)),
]);

test("tells the newest days of more than it can tell", async () => {
  await using app = await testApp();
  const days = MOST_STATS_ROWS + 50;
  await prepare(app, [
    sql(`insert into orchestrator_purged_model_days (day, model, prompts, nano)
      with recursive days (day) as (select ${DAY_5} union all select day - 1 from days limit ${days})
      select day, 'm', 1, 100000000 from days`),
  ]);
  const { body } = await send(app, get(`${PATH}?by=model,day`));
  expect(body).toHaveLength(MOST_STATS_ROWS);
  expect(body[0]).toMatchObject({ key: "m", day: FIFTH });
  expect(new Set(body.map(({ day }: { day: string }) => day)).size).toBe(MOST_STATS_ROWS);
  // Added up where they are kept, so that no sum has binary dust.
  expect((await send(app, get(`${PATH}?by=model`))).body).toEqual(rows(["m", 0, days, 0, 0, days / 10]));
});

test("a total has a day only where it is taken by day", async () => {
  await using app = await testApp();
  await prepare(app, TWO_DAYS);
  for (const [by, has] of [
    ["day", true],
    ["model", false],
    ["agent_type", false],
    ["model,day", true],
  ] as const) {
    const { body } = await send(app, get(`${PATH}?by=${by}`));
    for (const row of body) expect({ by, has: "day" in row }).toEqual({ by, has });
  }
});
