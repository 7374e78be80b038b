import { agent, definition, workflow } from "#test/support/given.ts";
import { patch, post, remove, runScenarios, sql } from "#test/support/scenario.ts";

const PATH = "/api/agents";

const FINISHED = [
  definition(),
  agent(),
  agent({ parent_agent_id: "id-2" }),
  workflow({ orchestrator_agent_id: "id-1", status: "failed" }),
  post("/api/runtime/prompts", { agent_id: "id-2", prompt_type: "adw", prompt_text: "p" }),
  post("/api/runtime/logs", { agent_id: "id-3", log_type: "milestone", message: "m" }),
  patch("/api/runtime/agents/id-2", { status: "completed" }),
  patch("/api/runtime/agents/id-3", { status: "failed" }),
];
const ALIVE = [definition(), agent(), agent({ status: "completed" }), workflow({ orchestrator_agent_id: "id-1" })];

runScenarios("DELETE /api/agents/{id}", [
  {
    name: "a definition that nothing refers to",
    given: [definition()],
    request: remove(`${PATH}/id-1`),
    status: 204,
    body: "",
    changes: ["orchestrator_agent.deleted"],
  },
  { name: "an unknown id", request: remove(`${PATH}/nope`), status: 404, problem: "not_found" },
  {
    name: "with agents and workflows it is refused, with their numbers",
    given: FINISHED,
    request: remove(`${PATH}/id-1`),
    status: 409,
    problem: { code: "conflict", agents: 2, workflows: 1 },
  },
  {
    name: "cascade=false is the default",
    given: FINISHED,
    request: remove(`${PATH}/id-1?cascade=false`),
    status: 409,
    problem: { code: "conflict", agents: 2, workflows: 1 },
  },
  {
    name: "cascade=true deletes bottom-up all that belongs to it, itself last",
    given: FINISHED,
    request: remove(`${PATH}/id-1?cascade=true`),
    status: 204,
    changes: [
      "prompt.deleted",
      "agent.updated",
      "agent.deleted",
      "agent.deleted",
      "workflow.deleted",
      "orchestrator_agent.deleted",
    ],
  },
  {
    name: "cascade=true is refused while one of them is alive, with their numbers",
    given: ALIVE,
    request: remove(`${PATH}/id-1?cascade=true`),
    status: 409,
    problem: { code: "conflict", agents: 2, workflows: 1, alive_agents: 1, alive_workflows: 1 },
  },
  {
    name: "a workflow in progress alone keeps it",
    given: [definition(), workflow({ orchestrator_agent_id: "id-1", status: "in_progress" })],
    request: remove(`${PATH}/id-1?cascade=true`),
    status: 409,
    problem: { agents: 0, workflows: 1, alive_agents: 0, alive_workflows: 1 },
  },
  {
    name: "cut off half-way, a repeated delete finishes",
    given: [...FINISHED, sql("delete from prompts; delete from agents where id = 'id-3'")],
    request: remove(`${PATH}/id-1?cascade=true`),
    status: 204,
    changes: ["agent.deleted", "workflow.deleted", "orchestrator_agent.deleted"],
  },
  {
    name: "a child of another definition stays, without its parent",
    given: [
      definition(),
      agent({ status: "completed" }),
      definition({ name: "builder" }),
      agent({ orchestrator_agent_id: "id-3", parent_agent_id: "id-2" }),
    ],
    request: remove(`${PATH}/id-1?cascade=true`),
    status: 204,
    changes: ["agent.updated", "agent.deleted", "orchestrator_agent.deleted"],
  },
]);
