import { definition, NOW } from "#test/support/given.ts";
import { advance, get, post, put, runScenarios } from "#test/support/scenario.ts";

const PATH = "/api/agents";
const LATER = "2026-02-05T10:30:01.000Z";

runScenarios("POST /api/agents", [
  {
    name: "name and type are enough; the rest has defaults",
    request: post(PATH, { name: "planner", agent_type: "planner" }),
    status: 201,
    headers: { Location: "/api/agents/id-1" },
    body: {
      id: "id-1",
      name: "planner",
      agent_type: "planner",
      description: null,
      capabilities: null,
      default_model: null,
      is_active: true,
      metadata: null,
      created_at: NOW,
      updated_at: NOW,
    },
    changes: ["orchestrator_agent.created"],
  },
  {
    name: "every field is stored as given",
    request: post(PATH, {
      name: "Zoë's planner 🙂",
      agent_type: "my_own-kind2",
      description: "",
      capabilities: "planning,analysis",
      default_model: "claude-sonnet-3.5",
      is_active: false,
      metadata: { list: [1, 2.5, null, true], "": "empty key" },
    }),
    status: 201,
    body: {
      name: "Zoë's planner 🙂",
      agent_type: "my_own-kind2",
      description: "",
      capabilities: "planning,analysis",
      default_model: "claude-sonnet-3.5",
      is_active: false,
      metadata: { list: [1, 2.5, null, true], "": "empty key" },
    },
    changes: ["orchestrator_agent.created"],
  },
  {
    name: "an array of capabilities is joined",
    request: post(PATH, { name: "planner", agent_type: "skill", capabilities: ["planning", "analysis"] }),
    status: 201,
    body: { capabilities: "planning,analysis" },
    changes: ["orchestrator_agent.created"],
  },
  {
    name: "a name of 255 characters and a type of 64 are the longest",
    request: post(PATH, { name: "🙂".repeat(255), agent_type: "t".repeat(64) }),
    status: 201,
    body: { name: "🙂".repeat(255), agent_type: "t".repeat(64) },
    changes: ["orchestrator_agent.created"],
  },
  {
    name: "a name that is taken is a conflict that tells whose it is",
    given: [definition()],
    request: post(PATH, { name: "planner", agent_type: "builder" }),
    status: 409,
    problem: { code: "conflict", id: "id-1", detail: 'The name "planner" is taken by orchestrator agent "id-1".' },
  },
  {
    name: "names differ by case",
    given: [definition()],
    request: post(PATH, { name: "Planner", agent_type: "builder" }),
    status: 201,
    changes: ["orchestrator_agent.created"],
  },
]);

const THREE = [
  definition({ description: "Plans Features", capabilities: "planning" }),
  definition({ name: "builder", agent_type: "builder", description: "100% done_" }),
  definition({ name: "old", agent_type: "skill", is_active: false }),
];

runScenarios("GET /api/agents", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  {
    name: "newest first, id breaking ties, with the seq it was read at",
    given: [...THREE, advance(1), definition({ name: "new" })],
    request: get(PATH),
    status: 200,
    headers: { "X-Change-Seq": "4", Link: null },
    body: [{ id: "id-4" }, { id: "id-3" }, { id: "id-2" }, { id: "id-1" }],
  },
  {
    name: "agent_type narrows",
    given: THREE,
    request: get(`${PATH}?agent_type=builder`),
    status: 200,
    body: [{ name: "builder" }],
  },
  {
    name: "a comma in agent_type means any of",
    given: THREE,
    request: get(`${PATH}?agent_type=builder,skill`),
    status: 200,
    body: [{ name: "old" }, { name: "builder" }],
  },
  {
    name: "is_active=true narrows",
    given: THREE,
    request: get(`${PATH}?is_active=true`),
    status: 200,
    body: [{ name: "builder" }, { name: "planner" }],
  },
  {
    name: "is_active=false narrows",
    given: THREE,
    request: get(`${PATH}?is_active=false`),
    status: 200,
    body: [{ name: "old" }],
  },
  {
    name: "q finds the beginning of the name, in any case",
    given: THREE,
    request: get(`${PATH}?q=BUILD`),
    status: 200,
    body: [{ name: "builder" }],
  },
  {
    name: "q finds the words of the description and of the capabilities",
    given: THREE,
    request: get(`${PATH}?q=feature`),
    status: 200,
    body: [{ name: "planner" }],
  },
  {
    name: "q takes % and _ as they are",
    given: THREE,
    request: get(`${PATH}?q=${encodeURIComponent("% done_")}`),
    status: 200,
    body: [{ name: "builder" }],
  },
  {
    name: "filters are combined",
    given: THREE,
    request: get(`${PATH}?agent_type=planner,skill&is_active=true&q=plan`),
    status: 200,
    body: [{ name: "planner" }],
  },
]);

runScenarios("GET /api/agents/{id}", [
  {
    name: "one row, with the seq it was read at",
    given: [definition()],
    request: get(`${PATH}/id-1`),
    status: 200,
    headers: { "X-Change-Seq": "1" },
    body: { id: "id-1", name: "planner" },
  },
  {
    name: "an unknown id",
    request: get(`${PATH}/nope`),
    status: 404,
    problem: { code: "not_found", detail: 'There is no orchestrator agent with id "nope".', instance: `${PATH}/nope` },
  },
]);

const FULL = definition({ description: "d", capabilities: "c", default_model: "m", metadata: { a: { b: 1 } } });

runScenarios("PUT /api/agents/{id}", [
  {
    name: "changes the given fields only, and updated_at",
    given: [FULL, advance(1000)],
    request: put(`${PATH}/id-1`, {
      name: "renamed",
      agent_type: "builder",
      is_active: false,
      capabilities: ["x", "y"],
    }),
    status: 200,
    body: {
      id: "id-1",
      name: "renamed",
      agent_type: "builder",
      description: "d",
      capabilities: "x,y",
      default_model: "m",
      is_active: false,
      metadata: { a: { b: 1 } },
      created_at: NOW,
      updated_at: LATER,
    },
    changes: ["orchestrator_agent.updated"],
  },
  {
    name: "null clears optional fields",
    given: [FULL, advance(1000)],
    request: put(`${PATH}/id-1`, { description: null, capabilities: null, default_model: null, metadata: null }),
    status: 200,
    body: { description: null, capabilities: null, default_model: null, metadata: null, updated_at: LATER },
    changes: ["orchestrator_agent.updated"],
  },
  {
    name: "metadata is replaced whole",
    given: [FULL],
    request: put(`${PATH}/id-1`, { metadata: { c: 2 } }),
    status: 200,
    body: { metadata: { c: 2 } },
    changes: ["orchestrator_agent.updated"],
  },
  {
    name: "what changes nothing writes nothing",
    given: [FULL, advance(1000)],
    request: put(`${PATH}/id-1`, { name: "planner", capabilities: ["c"], is_active: true, metadata: { a: { b: 1 } } }),
    status: 200,
    body: { updated_at: NOW },
  },
  {
    name: "an empty object changes nothing",
    given: [FULL, advance(1000)],
    request: put(`${PATH}/id-1`, {}),
    status: 200,
    body: { updated_at: NOW },
  },
  {
    name: "a name that another one has is a conflict",
    given: [FULL, definition({ name: "builder" })],
    request: put(`${PATH}/id-1`, { name: "builder" }),
    status: 409,
    problem: { code: "conflict", id: "id-2" },
  },
  { name: "an unknown id", request: put(`${PATH}/nope`, { name: "x" }), status: 404, problem: "not_found" },
]);
