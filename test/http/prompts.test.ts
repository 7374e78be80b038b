import { agent, definition, NOW, prompt } from "#test/support/given.ts";
import { advance, get, patch, remove, runScenarios, type Scenario, sql } from "#test/support/scenario.ts";

const PATH = "/api/runtime/prompts";
const LATER = "2026-02-05T10:30:01.000Z";
const AGENT = [definition(), agent()];

runScenarios("POST /api/runtime/prompts", [
  {
    name: "agent, type and text are enough; what nobody gave is null",
    given: AGENT,
    request: prompt(),
    status: 201,
    headers: { Location: "/api/runtime/prompts/id-3" },
    body: {
      id: "id-3",
      agent_id: "id-2",
      prompt_type: "command",
      prompt_name: null,
      prompt_text: "Go",
      response_text: null,
      status: "pending",
      model_used: null,
      tokens_input: null,
      tokens_output: null,
      tokens_cache_read: null,
      tokens_cache_write: null,
      cost_usd: null,
      cost_source: null,
      price_version: null,
      latency_ms: null,
      created_at: NOW,
      completed_at: null,
      error_message: null,
    },
    changes: ["prompt.created"],
  },
  {
    name: "every field is stored as given, and the cost is booked on the agent",
    given: AGENT,
    request: prompt({
      prompt_type: "tool_call",
      prompt_name: "/plan",
      prompt_text: "",
      response_text: "Done",
      status: "completed",
      model_used: "claude-sonnet-3.5",
      tokens_input: 0,
      tokens_output: 80,
      tokens_cache_read: 5,
      tokens_cache_write: 0,
      cost_usd: 0.0125,
      latency_ms: 1200,
      error_message: "",
    }),
    status: 201,
    body: {
      prompt_type: "tool_call",
      prompt_name: "/plan",
      prompt_text: "",
      response_text: "Done",
      status: "completed",
      model_used: "claude-sonnet-3.5",
      tokens_input: 0,
      tokens_output: 80,
      tokens_cache_read: 5,
      tokens_cache_write: 0,
      cost_usd: 0.0125,
      cost_source: "reported",
      price_version: null,
      latency_ms: 1200,
      error_message: "",
      completed_at: NOW,
    },
    changes: ["prompt.created", "agent.updated"],
  },
  {
    name: "a cost of 0 stays 0 and books nothing",
    given: AGENT,
    request: prompt({ cost_usd: 0 }),
    status: 201,
    body: { cost_usd: 0 },
    changes: ["prompt.created"],
  },
  {
    name: "a prompt may begin streaming",
    given: AGENT,
    request: prompt({ status: "streaming" }),
    status: 201,
    body: { status: "streaming", completed_at: null },
    changes: ["prompt.created"],
  },
  {
    name: "a finished agent still takes prompts",
    given: [definition(), agent({ status: "completed" })],
    request: prompt(),
    status: 201,
    changes: ["prompt.created"],
  },
  {
    name: "an unknown agent",
    request: prompt(),
    status: 404,
    problem: { code: "not_found", detail: 'There is no runtime agent with id "id-2".' },
  },
]);

const FIVE = [
  ...AGENT,
  agent({ session_id: "s2" }), // id-3
  prompt({ model_used: "opus" }), // id-4
  advance(1000),
  prompt({ agent_id: "id-3", prompt_type: "adw", status: "completed", model_used: "sonnet" }), // id-5
  advance(1000),
  prompt({ prompt_type: "followup", status: "failed" }), // id-6
];

const list = (name: string, query: string, ...ids: readonly string[]): Scenario => ({
  name,
  given: FIVE,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { "X-Change-Seq": "6", Link: null },
  body: ids.map((id) => ({ id })),
});

runScenarios("GET /api/runtime/prompts", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  list("newest first", "", "id-6", "id-5", "id-4"),
  list("agent_id narrows", "?agent_id=id-3", "id-5"),
  list("a comma in agent_id means any of", "?agent_id=id-3,id-2", "id-6", "id-5", "id-4"),
  list("session_id narrows", "?session_id=s1", "id-6", "id-4"),
  list("a comma in session_id means any of", "?session_id=s2,s1", "id-6", "id-5", "id-4"),
  list("status narrows", "?status=pending", "id-4"),
  list("a comma in status means any of", "?status=failed,completed", "id-6", "id-5"),
  list("prompt_type narrows", "?prompt_type=adw", "id-5"),
  list("a comma in prompt_type means any of", "?prompt_type=adw,command", "id-5", "id-4"),
  list("model narrows", "?model=opus", "id-4"),
  list("a comma in model means any of", "?model=opus,sonnet", "id-5", "id-4"),
  list("filters are combined", "?session_id=s1&prompt_type=followup,command&status=failed", "id-6"),
  list("since is inclusive, until exclusive", "?since=2026-02-05T10:30:01Z&until=2026-02-05T10:30:02Z", "id-5"),
]);

runScenarios("GET /api/runtime/prompts/{id}", [
  {
    name: "one row, with the seq it was read at",
    given: [...AGENT, prompt()],
    request: get(`${PATH}/id-3`),
    status: 200,
    headers: { "X-Change-Seq": "3" },
    body: { id: "id-3", prompt_text: "Go" },
  },
  { name: "an unknown id", request: get(`${PATH}/nope`), status: 404, problem: "not_found" },
]);

const PENDING = [...AGENT, prompt(), advance(1000)];
const PAID = [...AGENT, prompt({ cost_usd: 0.5, status: "streaming" }), advance(1000)];

runScenarios("PATCH /api/runtime/prompts/{id}", [
  {
    name: "a final status sets completed_at, the cost moves the agent's",
    given: PENDING,
    request: patch(`${PATH}/id-3`, {
      status: "completed",
      response_text: "Done",
      tokens_input: 10,
      tokens_output: 20,
      cost_usd: 0.25,
      latency_ms: 5,
      model_used: "opus",
      error_message: null,
    }),
    status: 200,
    body: {
      status: "completed",
      completed_at: LATER,
      created_at: NOW,
      response_text: "Done",
      tokens_input: 10,
      tokens_output: 20,
      cost_usd: 0.25,
      latency_ms: 5,
      model_used: "opus",
    },
    changes: ["prompt.updated", "agent.updated"],
  },
  {
    name: "pending → streaming",
    given: PENDING,
    request: patch(`${PATH}/id-3`, { status: "streaming" }),
    status: 200,
    body: { status: "streaming", completed_at: null },
    changes: ["prompt.updated"],
  },
  {
    name: "streaming never goes back to pending",
    given: PAID,
    request: patch(`${PATH}/id-3`, { status: "pending" }),
    status: 409,
    problem: { code: "conflict", allowed: ["completed", "failed", "cancelled"] },
  },
  {
    name: "a final status never changes",
    given: [...AGENT, prompt({ status: "cancelled" })],
    request: patch(`${PATH}/id-3`, { status: "completed", cost_usd: 1 }),
    status: 409,
    problem: { code: "conflict", allowed: [] },
  },
  {
    name: "after a final status the other fields still change",
    given: [...AGENT, prompt({ status: "completed" }), advance(1000)],
    request: patch(`${PATH}/id-3`, { cost_usd: 1, status: "completed" }),
    status: 200,
    body: { cost_usd: 1, completed_at: NOW },
    changes: ["prompt.updated", "agent.updated"],
  },
  {
    name: "what changes nothing writes nothing",
    given: PAID,
    request: patch(`${PATH}/id-3`, { status: "streaming", cost_usd: 0.5, response_text: null, tokens_input: null }),
    status: 200,
    body: { cost_usd: 0.5 },
  },
  {
    name: "an amount below a billionth of a dollar is no change",
    given: PAID,
    request: patch(`${PATH}/id-3`, { cost_usd: 0.5000000001 }),
    status: 200,
    body: { cost_usd: 0.5 },
  },
  {
    name: "null clears a field, and takes its cost back from the agent",
    given: [...PAID, patch(`${PATH}/id-3`, { latency_ms: 4, model_used: "opus" })],
    request: patch(`${PATH}/id-3`, { cost_usd: null, latency_ms: null, model_used: null }),
    status: 200,
    body: { cost_usd: null, latency_ms: null, model_used: null },
    changes: ["prompt.updated", "agent.updated"],
  },
  { name: "an unknown id", request: patch(`${PATH}/nope`, { tokens_input: 1 }), status: 404, problem: "not_found" },
]);

runScenarios("DELETE /api/runtime/prompts/{id}", [
  {
    name: "removes the prompt alone",
    given: PAID,
    request: remove(`${PATH}/id-3`),
    status: 204,
    changes: ["prompt.deleted"],
  },
  { name: "an unknown id", request: remove(`${PATH}/nope`), status: 404, problem: "not_found" },
  {
    name: "a second time it is gone",
    given: [...PAID, remove(`${PATH}/id-3`)],
    request: remove(`${PATH}/id-3`),
    status: 404,
    problem: "not_found",
  },
]);

runScenarios("prompts of other programs", [
  {
    name: "a 0 of theirs stays 0",
    given: [
      ...AGENT,
      sql(`insert into prompts (id, agent_id, prompt_type, prompt_text, tokens_input, tokens_output, cost_usd, created_at)
           values ('p', 'id-2', 'adw', 't', 0, 0, 0.0, '2026-02-05 10:00:00')`),
    ],
    request: get(`${PATH}/p`),
    status: 200,
    body: { tokens_input: 0, tokens_output: 0, cost_usd: 0, created_at: "2026-02-05T10:00:00.000Z" },
  },
  {
    name: "a prompt of theirs takes the server's commands",
    given: [
      ...AGENT,
      sql(
        "insert into prompts (id, agent_id, prompt_type, prompt_text, cost_usd) values ('p', 'id-2', 'adw', 't', 0.5)",
      ),
    ],
    request: patch(`${PATH}/p`, { status: "completed", cost_usd: 0.75 }),
    status: 200,
    body: { status: "completed", cost_usd: 0.75 },
    changes: ["prompt.updated", "agent.updated"],
  },
]);
