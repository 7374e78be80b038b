import { agent, agentLog, definition, NOW, prompt } from "#test/support/given.ts";
import { advance, get, patch, remove, runScenarios, type Scenario, sql } from "#test/support/scenario.ts";

const PATH = "/api/runtime/sessions";
const at = (second: number) => `2026-02-05T10:30:0${second}.000Z`;

runScenarios("GET /api/runtime/sessions", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  {
    name: "agents by status, prompts, tokens, cost and activity are added up",
    given: [
      definition(),
      agent(),
      agent({ status: "executing" }),
      agent({ status: "completed" }),
      agent({ session_id: "other", status: "failed" }),
      advance(1000),
      prompt({ tokens_input: 10, tokens_output: 20 }),
      prompt({ agent_id: "id-3", tokens_input: 1 }),
      advance(1000),
      agentLog(),
      patch("/api/runtime/agents/id-3", { cost_usd: 0.1 }),
      patch("/api/runtime/agents/id-4", { cost_usd: 0.2 }),
    ],
    request: get(PATH),
    status: 200,
    headers: { "X-Change-Seq": "10" },
    body: [
      {
        session_id: "s1",
        agents: { total: 3, by_status: { initializing: 1, executing: 1, completed: 1 }, quiet: 0, lost: 0 },
        prompts: 2,
        tokens_input: 11,
        tokens_output: 20,
        cost_usd: 0.3,
        first_activity_at: NOW,
        last_activity_at: at(2),
      },
      {
        session_id: "other",
        agents: { total: 1, by_status: { failed: 1 }, quiet: 0, lost: 0 },
        prompts: 0,
        tokens_input: 0,
        tokens_output: 0,
        cost_usd: 0,
        first_activity_at: NOW,
        last_activity_at: NOW,
      },
    ],
  },
  {
    name: "a session whose agents have all been deleted is none",
    given: [definition(), agent(), remove("/api/runtime/agents/id-2")],
    request: get(PATH),
    status: 200,
    body: [],
  },
]);

const THREE = [
  definition(),
  agent({ session_id: "a" }),
  advance(1000),
  agent({ session_id: "b" }),
  advance(1000),
  agent({ session_id: "c" }),
  advance(1000),
];

const list = (name: string, query: string, given: NonNullable<Scenario["given"]>, ...ids: string[]): Scenario => ({
  name,
  given: [...THREE, ...given],
  request: get(`${PATH}${query}`),
  status: 200,
  body: ids.map((id) => ({ session_id: id })),
});

runScenarios("sessions go by last activity", [
  list("the last active first", "", [], "c", "b", "a"),
  list("a new agent is activity", "", [agent({ session_id: "a" })], "a", "c", "b"),
  list("a change of an agent is activity", "", [patch("/api/runtime/agents/id-3", { name: "n" })], "b", "c", "a"),
  list("a prompt is activity", "", [prompt()], "a", "c", "b"),
  list("a log is activity", "", [agentLog({ agent_id: "id-3" })], "b", "c", "a"),
  list("since is inclusive", `?since=${at(1)}`, [], "c", "b"),
  list("until is exclusive", `?until=${at(1)}`, [], "a"),
  list("since and until make a window", `?since=${at(1)}&until=${at(2)}`, [], "b"),
]);

const FAMILY = [
  definition(),
  agent({ name: "root" }), // id-2
  agent({ name: "child", parent_agent_id: "id-2" }),
  advance(1000),
  agent({ name: "grandchild", parent_agent_id: "id-3" }),
  agent({ name: "second child", parent_agent_id: "id-2" }),
  agent({ name: "guest", session_id: "s2", parent_agent_id: "id-2" }),
];

runScenarios("GET /api/runtime/sessions/{session_id}", [
  {
    name: "the totals and the tree of its agents, siblings newest first",
    given: FAMILY,
    request: get(`${PATH}/s1`),
    status: 200,
    headers: { "X-Change-Seq": "6" },
    body: {
      session_id: "s1",
      agents: { total: 4, by_status: { initializing: 4 }, quiet: 0, lost: 0 },
      tree: [
        {
          name: "root",
          children: [
            { name: "second child", children: [] },
            { name: "child", children: [{ name: "grandchild", children: [] }] },
          ],
        },
      ],
    },
  },
  {
    name: "an agent whose parent is in another session is a root",
    given: FAMILY,
    request: get(`${PATH}/s2`),
    status: 200,
    body: { tree: [{ name: "guest", parent_agent_id: "id-2", children: [] }] },
  },
  {
    name: "a cycle that another program wrote is cut",
    given: [
      definition(),
      agent(),
      agent({ parent_agent_id: "id-2" }),
      sql("update agents set parent_agent_id = 'id-3'"),
    ],
    request: get(`${PATH}/s1`),
    status: 200,
    body: { agents: { total: 2 }, tree: [{ id: "id-3", children: [{ id: "id-2", children: [] }] }] },
  },
  { name: "an unknown session", request: get(`${PATH}/nope`), status: 404, problem: "not_found" },
  {
    name: "a session whose agents have all been deleted",
    given: [definition(), agent(), remove("/api/runtime/agents/id-2")],
    request: get(`${PATH}/s1`),
    status: 404,
    problem: "not_found",
  },
]);

const configured = (config: unknown) => patch(`${PATH}/s1`, { config });

runScenarios("PATCH /api/runtime/sessions/{session_id}", [
  {
    name: "keeps any JSON, and leaves no change",
    given: [definition(), agent()],
    request: configured({ max_cost_usd: 5, note: "mine" }),
    status: 200,
    body: { session_id: "s1", config: { max_cost_usd: 5, note: "mine" }, agents: { total: 1 } },
  },
  {
    name: "shows it with the tree",
    given: [definition(), agent(), configured({ max_cost_usd: 5 })],
    request: get(`${PATH}/s1`),
    status: 200,
    body: { config: { max_cost_usd: 5 }, tree: [{ id: "id-2" }] },
  },
  {
    name: "shows it in the list",
    given: [definition(), agent(), configured([1])],
    request: get(PATH),
    status: 200,
    body: [{ config: [1] }],
  },
  {
    name: "null takes it away",
    given: [definition(), agent(), configured("x")],
    request: configured(null),
    status: 200,
    body: { config: null },
  },
  {
    name: "nothing given changes nothing",
    given: [definition(), agent(), configured("x")],
    request: patch(`${PATH}/s1`, {}),
    status: 200,
    body: { config: "x" },
  },
  { name: "an unknown session", request: configured(1), status: 404, problem: "not_found" },
  {
    name: "an unknown field",
    given: [definition(), agent()],
    request: patch(`${PATH}/s1`, { max_cost_usd: 1 }),
    status: 422,
    problem: "validation",
  },
]);
