import { agent, definition, prompt } from "#test/support/given.ts";
import { advance, get, patch, runScenarios, type Scenario, sql } from "#test/support/scenario.ts";

const PATH = "/api/costs";
const DAY = 86_400_000;
const COUNTS = { agents: 1, prompts: 0, tokens_input: 0, tokens_output: 0 };

/** `id-2` with a prompt of opus and `id-3` below it, both of session s1; a day later `id-6` of another definition. */
const GIVEN: Scenario["given"] = [
  definition(),
  agent({ name: "root" }),
  agent({ parent_agent_id: "id-2" }),
  prompt({ model_used: "opus", tokens_input: 10, tokens_output: 1, tokens_cache_read: 4, cost_usd: 0.5 }),
  patch("/api/runtime/agents/id-3", { cost_usd: 2 }),
  advance(DAY),
  definition({ name: "builder" }),
  agent({ orchestrator_agent_id: "id-5", session_id: "s2" }),
  patch("/api/runtime/agents/id-6", { cost_usd: 1 }),
];

const costs = (name: string, query: string, ...body: object[]): Scenario => ({
  name,
  given: GIVEN,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { "X-Change-Seq": "9", Link: null },
  body,
});

runScenarios(`GET ${PATH}`, [
  { name: "none", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0" } },
  costs(
    "by day, the newest first",
    "",
    { key: "2026-02-06", name: null, agents: 1, prompts: 0, cost_usd: 1 },
    { key: "2026-02-05", name: null, agents: 2, prompts: 1, tokens_input: 10, tokens_output: 1, cost_usd: 2.5 },
  ),
  costs("by day, of a window of days", "?by=day&until=2026-02-06", { key: "2026-02-05" }),
  costs(
    "by agent, the costliest first, with its name",
    "?by=agent",
    { ...COUNTS, key: "id-3", name: "planner", cost_usd: 2, unknown_prompts: 0 },
    { ...COUNTS, key: "id-6", cost_usd: 1 },
    { ...COUNTS, key: "id-2", name: "root", prompts: 1, tokens_input: 10, tokens_output: 1, cost_usd: 0.5 },
  ),
  costs("by agent, so many", "?by=agent&limit=1", { key: "id-3" }),
  costs("by agent, of a window", "?by=agent&since=2026-02-06", { key: "id-6" }),
  costs(
    "by session",
    "?by=session",
    { key: "s1", name: "root", agents: 2, prompts: 1, tokens_input: 10, tokens_output: 1, cost_usd: 2.5 },
    { ...COUNTS, key: "s2", name: "builder", cost_usd: 1 },
  ),
  costs(
    "by definition, with its name",
    "?by=definition",
    { key: "id-1", name: "planner", agents: 2, cost_usd: 2.5 },
    { key: "id-5", name: "builder", agents: 1, cost_usd: 1 },
  ),
  costs("by definition, so many", "?by=definition&limit=1", { key: "id-1" }),
  costs(
    "by model",
    "?by=model",
    { key: null, name: null, agents: 0, prompts: 0, cost_usd: 3 },
    { key: "opus", agents: 1, prompts: 1, cost_usd: 0.5 },
  ),
  ...["by=agent,day", "by=type", "by=", "limit=0", "cursor=x", "since=yesterday"].map((query): Scenario => ({
    name: `${query} is refused`,
    request: get(`${PATH}?${query}`),
    status: 422,
    problem: "validation",
  })),
]);

runScenarios("GET /api/runtime/agents/{id}/cost", [
  {
    name: "by itself, with all below it, by model, and with its budget",
    given: [...GIVEN, patch("/api/runtime/agents/id-2", { config: { max_cost_usd: 10 } })],
    request: get("/api/runtime/agents/id-2/cost"),
    status: 200,
    headers: { "X-Change-Seq": "10" },
    body: {
      agent_id: "id-2",
      own: {
        prompts: 1,
        tokens_input: 10,
        tokens_output: 1,
        tokens_cache_read: 4,
        tokens_cache_write: 0,
        cost_usd: 0.5,
      },
      subtree: { prompts: 1, tokens_input: 10, cost_usd: 2.5 },
      by_model: [
        { model: null, prompts: 0, cost_usd: 2 },
        { model: "opus", prompts: 1, tokens_cache_read: 4, cost_usd: 0.5 },
      ],
      sources: { reported: 0.5, computed: 0, unknown_prompts: 0 },
      agents: 2,
      budget: { scope: "agent", id: "id-2", max_cost_usd: 10, cost_usd: 2.5, share: 0.25 },
    },
  },
  {
    name: "whatever other programs have stored there counts as nothing",
    given: [
      definition(),
      agent(),
      sql(`update agents set cost_usd = 'much';
        insert into prompts (id, agent_id, prompt_type, prompt_text, model_used, tokens_input, tokens_output, cost_usd) values
          ('a', 'id-2', 'adw', 't', '', 'many', -1, 1e400), ('b', 'id-2', 'adw', 't', x'6f', 7, 1e300, -1)`),
    ],
    request: get("/api/runtime/agents/id-2/cost"),
    status: 200,
    body: {
      own: { prompts: 2, tokens_input: 7, tokens_output: 0, cost_usd: 0 },
      by_model: [
        { model: null, prompts: 1, cost_usd: 0 },
        { model: "o", prompts: 1, cost_usd: 0 },
      ],
      budget: null,
    },
  },
  { name: "of an unknown agent", request: get("/api/runtime/agents/x/cost"), status: 404, problem: "not_found" },
]);
