import { definition, NOW, workflow } from "#test/support/given.ts";
import { advance, get, patch, runScenarios, type Scenario } from "#test/support/scenario.ts";

const PATH = "/api/runtime/workflows";
const at = (second: number) => `2026-02-05T10:30:0${second}.000Z`;

runScenarios("POST /api/runtime/workflows", [
  {
    name: "name and type are enough; the rest has defaults",
    request: workflow(),
    status: 201,
    headers: { Location: "/api/runtime/workflows/id-1" },
    body: {
      id: "id-1",
      orchestrator_agent_id: null,
      adw_name: "adw-1",
      workflow_type: "sdlc",
      description: null,
      status: "pending",
      current_step: null,
      total_steps: 0,
      completed_steps: 0,
      started_at: null,
      completed_at: null,
      duration_seconds: null,
      input_data: null,
      output_data: null,
      error_message: null,
      error_step: null,
      error_count: 0,
      metadata: null,
      created_at: NOW,
      updated_at: NOW,
    },
    changes: ["workflow.created"],
  },
  {
    name: "every field is stored as given",
    given: [definition()],
    request: workflow({
      orchestrator_agent_id: "id-1",
      description: "d",
      status: "failed",
      current_step: "build",
      total_steps: 5,
      completed_steps: 2,
      duration_seconds: 7,
      input_data: { issue: 42 },
      output_data: [1],
      error_message: "e",
      error_step: "build",
      error_count: 3,
      metadata: "m",
    }),
    status: 201,
    body: {
      orchestrator_agent_id: "id-1",
      description: "d",
      status: "failed",
      current_step: "build",
      total_steps: 5,
      completed_steps: 2,
      started_at: null,
      completed_at: NOW,
      duration_seconds: 7,
      input_data: { issue: 42 },
      output_data: [1],
      error_message: "e",
      error_step: "build",
      error_count: 3,
      metadata: "m",
    },
    changes: ["workflow.created"],
  },
  {
    name: "one that is in progress from the start has begun",
    request: workflow({ status: "in_progress" }),
    status: 201,
    body: { status: "in_progress", started_at: NOW, completed_at: null, duration_seconds: null },
    changes: ["workflow.created"],
  },
  {
    name: "an unknown definition",
    request: workflow({ orchestrator_agent_id: "nope" }),
    status: 404,
    problem: { code: "not_found", detail: 'There is no orchestrator agent with id "nope".' },
  },
]);

const THREE = [
  workflow(),
  workflow({ workflow_type: "patch", status: "in_progress" }),
  advance(1000),
  workflow({ workflow_type: "review", status: "failed" }),
];

const list = (name: string, query: string, ...ids: readonly string[]): Scenario => ({
  name,
  given: THREE,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { "X-Change-Seq": "3", Link: null },
  body: ids.map((id) => ({ id })),
});

runScenarios("GET /api/runtime/workflows", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  list("newest first, id breaking ties", "", "id-3", "id-2", "id-1"),
  list("status narrows", "?status=pending", "id-1"),
  list("a comma in status means any of", "?status=pending,failed", "id-3", "id-1"),
  list("workflow_type narrows", "?workflow_type=patch", "id-2"),
  list("a comma in workflow_type means any of", "?workflow_type=patch,review", "id-3", "id-2"),
  list("filters are combined", "?workflow_type=patch,review&status=in_progress", "id-2"),
]);

runScenarios("GET /api/runtime/workflows/{id}", [
  {
    name: "one row, with the seq it was read at",
    given: [workflow()],
    request: get(`${PATH}/id-1`),
    status: 200,
    headers: { "X-Change-Seq": "1" },
    body: { id: "id-1" },
  },
  { name: "an unknown id", request: get(`${PATH}/nope`), status: 404, problem: "not_found" },
]);

const BEGUN = [workflow(), advance(1000), patch(`${PATH}/id-1`, { status: "in_progress" }), advance(2000)];

runScenarios("PATCH /api/runtime/workflows/{id}", [
  {
    name: "in_progress sets started_at",
    given: [workflow(), advance(1000)],
    request: patch(`${PATH}/id-1`, { status: "in_progress" }),
    status: 200,
    body: { status: "in_progress", started_at: at(1), completed_at: null, updated_at: at(1), created_at: NOW },
    changes: ["workflow.updated"],
  },
  {
    name: "a final status sets completed_at and duration_seconds",
    given: BEGUN,
    request: patch(`${PATH}/id-1`, { status: "completed" }),
    status: 200,
    body: { status: "completed", started_at: at(1), completed_at: at(3), duration_seconds: 2 },
    changes: ["workflow.updated"],
  },
  {
    name: "pending may end at once",
    given: [workflow(), advance(2000)],
    request: patch(`${PATH}/id-1`, { status: "cancelled" }),
    status: 200,
    body: { status: "cancelled", completed_at: at(2), duration_seconds: 2 },
    changes: ["workflow.updated"],
  },
  {
    name: "every other field of it changes as given",
    given: BEGUN,
    request: patch(`${PATH}/id-1`, {
      current_step: "test",
      total_steps: 4,
      completed_steps: 2,
      output_data: { a: 1 },
      error_message: "e",
      error_step: "s",
      metadata: [1],
    }),
    status: 200,
    body: {
      current_step: "test",
      total_steps: 4,
      completed_steps: 2,
      output_data: { a: 1 },
      error_message: "e",
      error_step: "s",
      metadata: [1],
      status: "in_progress",
      updated_at: at(3),
    },
    changes: ["workflow.updated"],
  },
  {
    name: "null clears optional fields",
    given: [
      workflow({ current_step: "s", output_data: 1, error_message: "e", error_step: "s", metadata: 2, total_steps: 3 }),
    ],
    request: patch(`${PATH}/id-1`, {
      current_step: null,
      output_data: null,
      error_message: null,
      error_step: null,
      metadata: null,
      total_steps: null,
    }),
    status: 200,
    body: {
      current_step: null,
      output_data: null,
      error_message: null,
      error_step: null,
      metadata: null,
      total_steps: null,
    },
    changes: ["workflow.updated"],
  },
  {
    name: "what changes nothing writes nothing",
    given: BEGUN,
    request: patch(`${PATH}/id-1`, { status: "in_progress", total_steps: 0, current_step: null }),
    status: 200,
    body: { updated_at: at(1) },
  },
  {
    name: "in_progress never goes back to pending",
    given: BEGUN,
    request: patch(`${PATH}/id-1`, { status: "pending" }),
    status: 409,
    problem: {
      code: "conflict",
      allowed: ["completed", "failed", "cancelled"],
      detail:
        'The workflow is "in_progress" and cannot become "pending": from "in_progress" it may become completed, failed, cancelled.',
    },
  },
  {
    name: "a final status never changes",
    given: [workflow({ status: "failed" })],
    request: patch(`${PATH}/id-1`, { status: "completed", metadata: 1 }),
    status: 409,
    problem: { code: "conflict", allowed: [] },
  },
  {
    name: "after a final status the other fields still change",
    given: [workflow({ status: "failed" }), advance(1000)],
    request: patch(`${PATH}/id-1`, { status: "failed", metadata: 1 }),
    status: 200,
    body: { metadata: 1, completed_at: NOW, updated_at: at(1) },
    changes: ["workflow.updated"],
  },
  { name: "an unknown id", request: patch(`${PATH}/nope`, { metadata: 1 }), status: 404, problem: "not_found" },
]);
