import { agent, definition, NOW } from "#test/support/given.ts";
import { advance, get, post, runScenarios, type Scenario } from "#test/support/scenario.ts";

const PATH = "/api/runtime/agents";

runScenarios("POST /api/runtime/agents", [
  {
    name: "definition and session are enough; the rest has defaults",
    given: [definition()],
    request: post(PATH, { orchestrator_agent_id: "id-1", session_id: "s1" }),
    status: 201,
    headers: { Location: "/api/runtime/agents/id-2" },
    body: {
      id: "id-2",
      orchestrator_agent_id: "id-1",
      session_id: "s1",
      parent_agent_id: null,
      name: null,
      external_id: null,
      status: "initializing",
      context: null,
      config: null,
      metadata: null,
      started_at: NOW,
      updated_at: NOW,
      completed_at: null,
      cost_usd: 0,
      error_message: null,
      quiet_since: null,
      lost: false,
    },
    changes: ["agent.created"],
  },
  {
    name: "every field is stored as given; JSON of any kind",
    given: [definition(), agent()],
    request: agent({
      status: "waiting",
      parent_agent_id: "id-2",
      name: "second",
      external_id: "claude-1",
      context: "plain text",
      config: [1, { a: null }],
      metadata: false,
    }),
    status: 201,
    body: {
      status: "waiting",
      parent_agent_id: "id-2",
      name: "second",
      external_id: "claude-1",
      context: "plain text",
      config: [1, { a: null }],
      metadata: false,
      completed_at: null,
    },
    changes: ["agent.created"],
  },
  {
    name: "null is as good as nothing for optional fields",
    given: [definition()],
    request: agent({
      parent_agent_id: null,
      name: null,
      external_id: null,
      context: null,
      config: null,
      metadata: null,
    }),
    status: 201,
    body: { parent_agent_id: null, name: null, external_id: null, context: null },
    changes: ["agent.created"],
  },
  {
    name: "a final status at once sets completed_at, and is no change of status",
    given: [definition()],
    request: agent({ status: "failed" }),
    status: 201,
    body: { status: "failed", completed_at: NOW },
    changes: ["agent.created"],
  },
  {
    name: "a known external_id gives the agent that has it, unchanged",
    given: [definition(), agent({ external_id: "x1", name: "first" })],
    request: agent({ external_id: "x1", name: "other", session_id: "s2" }),
    status: 200,
    headers: { Location: null },
    body: { id: "id-2", name: "first", session_id: "s1" },
  },
  {
    name: "a known external_id is answered before the definition is looked up",
    given: [definition(), agent({ external_id: "x1" })],
    request: agent({ external_id: "x1", orchestrator_agent_id: "nope" }),
    status: 200,
    body: { id: "id-2" },
  },
  {
    name: "without an external_id the same request makes two agents",
    given: [definition(), agent()],
    request: agent(),
    status: 201,
    body: { id: "id-3" },
    changes: ["agent.created"],
  },
  {
    name: "an unknown definition",
    request: agent(),
    status: 404,
    problem: { code: "not_found", detail: 'There is no orchestrator agent with id "id-1".' },
  },
  {
    name: "an unknown parent",
    given: [definition()],
    request: agent({ parent_agent_id: "nope" }),
    status: 404,
    problem: { code: "not_found", detail: 'There is no runtime agent with id "nope".' },
  },
  {
    name: "a definition that is not active can still be run",
    given: [definition({ is_active: false })],
    request: agent(),
    status: 201,
    changes: ["agent.created"],
  },
]);

const FOUR = [
  definition(),
  definition({ name: "builder" }),
  agent(), // id-3
  advance(1000),
  agent({ session_id: "s2", status: "executing", parent_agent_id: "id-3" }), // id-4
  advance(1000),
  agent({ session_id: "s3", status: "completed", orchestrator_agent_id: "id-2" }), // id-5
  advance(1000),
  agent({ session_id: "s1", status: "failed", parent_agent_id: "id-4" }), // id-6
];

const list = (name: string, query: string, ...ids: readonly string[]): Scenario => ({
  name,
  given: FOUR,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { "X-Change-Seq": "6", Link: null },
  body: ids.map((id) => ({ id })),
});

runScenarios("GET /api/runtime/agents", [
  list("newest first", "", "id-6", "id-5", "id-4", "id-3"),
  list("session_id narrows", "?session_id=s1", "id-6", "id-3"),
  list("a comma in session_id means any of", "?session_id=s1,s3", "id-6", "id-5", "id-3"),
  list("status narrows", "?status=executing", "id-4"),
  list("a comma in status means any of", "?status=completed,failed", "id-6", "id-5"),
  list("orchestrator_agent_id narrows", "?orchestrator_agent_id=id-2", "id-5"),
  list("a comma in orchestrator_agent_id means any of", "?orchestrator_agent_id=id-2,nope", "id-5"),
  list("parent_agent_id narrows", "?parent_agent_id=id-3", "id-4"),
  list("a comma in parent_agent_id means any of", "?parent_agent_id=id-3,id-4", "id-6", "id-4"),
  list("filters are combined", "?session_id=s1,s2&status=failed&parent_agent_id=id-4", "id-6"),
  list("an unknown id finds nothing", "?session_id=nope"),
  list("since is inclusive", "?since=2026-02-05T10:30:02Z", "id-6", "id-5"),
  list("until is exclusive", "?until=2026-02-05T10:30:02Z", "id-4", "id-3"),
  list("since and until make a window", "?since=2026-02-05T10:30:01Z&until=2026-02-05T10:30:02.001Z", "id-5", "id-4"),
  list("a window goes with a filter", "?since=2026-02-05T10:30:01Z&session_id=s1", "id-6"),
]);

runScenarios("GET /api/runtime/agents/{id}", [
  {
    name: "one row, with the seq it was read at",
    given: [definition(), agent()],
    request: get(`${PATH}/id-2`),
    status: 200,
    headers: { "X-Change-Seq": "2" },
    body: { id: "id-2", status: "initializing" },
  },
  { name: "an unknown id", request: get(`${PATH}/nope`), status: 404, problem: "not_found" },
]);
