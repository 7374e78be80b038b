import { agent, agentLog, definition, NOW, prompt } from "#test/support/given.ts";
import { advance, get, patch, remove, runScenarios } from "#test/support/scenario.ts";

const PATH = "/api/runtime/agents";
const LATER = "2026-02-05T10:30:01.000Z";

const RUNNING = [
  definition(),
  agent({ name: "n", context: { a: 1 }, config: [1], metadata: "m", external_id: "x1" }),
  advance(1000),
];
const STATUS_CHANGE = ["agent.updated", "agent_log.created"];

runScenarios("PATCH /api/runtime/agents/{id}", [
  {
    name: "a change of status leaves a log with it",
    given: RUNNING,
    request: patch(`${PATH}/id-2`, { status: "executing" }),
    status: 200,
    body: { status: "executing", completed_at: null, updated_at: LATER, started_at: NOW },
    changes: STATUS_CHANGE,
  },
  {
    name: "a final status sets completed_at",
    given: RUNNING,
    request: patch(`${PATH}/id-2`, { status: "cancelled" }),
    status: 200,
    body: { status: "cancelled", completed_at: LATER },
    changes: STATUS_CHANGE,
  },
  {
    name: "several fields are one change",
    given: RUNNING,
    request: patch(`${PATH}/id-2`, { status: "failed", error_message: "boom", cost_usd: 0.1 + 0.2, name: "z" }),
    status: 200,
    body: { status: "failed", error_message: "boom", cost_usd: 0.3, name: "z", external_id: "x1" },
    changes: STATUS_CHANGE,
  },
  {
    name: "fields other than status leave no log",
    given: RUNNING,
    request: patch(`${PATH}/id-2`, { context: { b: 2 }, config: { c: 3 }, metadata: [4] }),
    status: 200,
    body: { name: "n", context: { b: 2 }, config: { c: 3 }, metadata: [4], updated_at: LATER },
    changes: ["agent.updated"],
  },
  {
    name: "null clears optional fields",
    given: [...RUNNING, patch(`${PATH}/id-2`, { error_message: "e" })],
    request: patch(`${PATH}/id-2`, { name: null, error_message: null, context: null, config: null, metadata: null }),
    status: 200,
    body: { name: null, error_message: null, context: null, config: null, metadata: null },
    changes: ["agent.updated"],
  },
  {
    name: "what changes nothing writes nothing",
    given: RUNNING,
    request: patch(`${PATH}/id-2`, { status: "initializing", name: "n", cost_usd: 0, context: { a: 1 }, config: [1] }),
    status: 200,
    body: { updated_at: NOW },
  },
  {
    name: "an empty object changes nothing",
    given: RUNNING,
    request: patch(`${PATH}/id-2`, {}),
    status: 200,
    body: { updated_at: NOW },
  },
  {
    name: "the same final status again is no change",
    given: [...RUNNING, patch(`${PATH}/id-2`, { status: "completed" }), advance(1000)],
    request: patch(`${PATH}/id-2`, { status: "completed" }),
    status: 200,
    body: { status: "completed", completed_at: LATER, updated_at: LATER },
  },
  {
    name: "a final status never changes",
    given: [...RUNNING, patch(`${PATH}/id-2`, { status: "completed" })],
    request: patch(`${PATH}/id-2`, { status: "executing" }),
    status: 409,
    problem: {
      code: "conflict",
      allowed: [],
      detail: 'The runtime agent is "completed" and cannot become "executing": "completed" is final.',
    },
  },
  {
    name: "with a refused status the other fields are not written either",
    given: [...RUNNING, patch(`${PATH}/id-2`, { status: "failed" })],
    request: patch(`${PATH}/id-2`, { status: "completed", name: "other" }),
    status: 409,
    problem: "conflict",
  },
  {
    name: "after a final status the other fields still change",
    given: [...RUNNING, patch(`${PATH}/id-2`, { status: "completed" })],
    request: patch(`${PATH}/id-2`, { status: "completed", cost_usd: 1.5 }),
    status: 200,
    body: { cost_usd: 1.5, completed_at: LATER },
    changes: ["agent.updated"],
  },
  { name: "an unknown id", request: patch(`${PATH}/nope`, { name: "x" }), status: 404, problem: "not_found" },
]);

runScenarios("the log of a change of status", [
  {
    name: "tells from and to",
    given: [...RUNNING, patch(`${PATH}/id-2`, { status: "planning" })],
    request: get("/api/runtime/logs?agent_id=id-2"),
    status: 200,
    body: [
      {
        log_type: "state_change",
        log_level: "INFO",
        details: { from: "initializing", to: "planning" },
        created_at: LATER,
      },
    ],
  },
]);

runScenarios("DELETE /api/runtime/agents/{id}", [
  {
    name: "an agent alone, alive or not",
    given: RUNNING,
    request: remove(`${PATH}/id-2`),
    status: 204,
    changes: ["agent.deleted"],
  },
  {
    name: "its prompts and logs go with it, its children stay without a parent",
    given: [...RUNNING, prompt(), prompt(), agentLog(), agent({ parent_agent_id: "id-2" })],
    request: remove(`${PATH}/id-2`),
    status: 204,
    changes: ["prompt.deleted", "prompt.deleted", "agent.updated", "agent.deleted"],
  },
  { name: "an unknown id", request: remove(`${PATH}/nope`), status: 404, problem: "not_found" },
]);
