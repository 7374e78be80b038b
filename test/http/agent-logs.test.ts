import { agent, agentLog, definition, NOW } from "#test/support/given.ts";
import { advance, get, post, runScenarios, type Scenario, sql } from "#test/support/scenario.ts";

const PATH = "/api/runtime/logs";
const AGENT = [definition(), agent()];

const log = (fields: object = {}) => ({ agent_id: "id-2", log_type: "milestone", message: "m", ...fields });

runScenarios("POST /api/runtime/logs", [
  {
    name: "agent, type and message are enough; the level is INFO",
    given: AGENT,
    request: post(PATH, log()),
    status: 201,
    headers: { Location: null },
    body: {
      id: 1,
      agent_id: "id-2",
      log_level: "INFO",
      log_type: "milestone",
      message: "m",
      details: null,
      created_at: NOW,
    },
    changes: ["agent_log.created"],
  },
  {
    name: "every field is stored as given",
    given: AGENT,
    request: post(PATH, log({ log_level: "CRITICAL", log_type: "cost_update", message: "", details: ["x", { y: 1 }] })),
    status: 201,
    body: { log_level: "CRITICAL", log_type: "cost_update", message: "", details: ["x", { y: 1 }] },
    changes: ["agent_log.created"],
  },
  {
    name: "the level is taken in any case",
    given: AGENT,
    request: post(PATH, log({ log_level: "wArNiNg" })),
    status: 201,
    body: { log_level: "WARNING" },
    changes: ["agent_log.created"],
  },
  {
    name: "an array answers an array, in order",
    given: [...AGENT, agent()],
    request: post(PATH, [log({ message: "a" }), log({ message: "b", agent_id: "id-3", log_level: "debug" })]),
    status: 201,
    body: [
      { id: 1, message: "a", agent_id: "id-2" },
      { id: 2, message: "b", agent_id: "id-3", log_level: "DEBUG" },
    ],
    changes: ["agent_log.created", "agent_log.created"],
  },
  {
    name: "an array of one answers an array",
    given: AGENT,
    request: post(PATH, [log()]),
    status: 201,
    body: [{ id: 1 }],
    changes: ["agent_log.created"],
  },
  {
    name: "1000 logs are the most",
    given: AGENT,
    request: post(
      PATH,
      Array.from({ length: 1000 }, () => log()),
    ),
    status: 201,
    changes: Array.from({ length: 1000 }, () => "agent_log.created"),
  },
  {
    name: "with one unknown agent none is stored",
    given: AGENT,
    request: post(PATH, [log(), log({ agent_id: "nope" }), log()]),
    status: 404,
    problem: { code: "not_found", detail: 'There is no runtime agent with id "nope".' },
  },
  {
    name: "with one log that is not valid none is stored, and its place is told",
    given: AGENT,
    request: post(PATH, [log(), log({ log_type: "gossip" })]),
    status: 422,
    problem: { code: "validation", errors: [{ pointer: "/1/log_type" }] },
  },
  {
    name: "one log that is not valid is told field by field",
    given: AGENT,
    request: post(PATH, { agent_id: "id-2", log_type: "gossip", message: 1, extra: true }),
    status: 422,
    problem: { errors: [{ pointer: "/log_type" }, { pointer: "/message" }, { pointer: "/extra" }] },
  },
  {
    name: "an unknown agent",
    request: post(PATH, log()),
    status: 404,
    problem: "not_found",
  },
]);

const FIVE = [
  ...AGENT,
  agent({ session_id: "s2" }), // id-3
  agentLog({ message: "Plan written", log_level: "DEBUG" }), // 1
  advance(1000),
  agentLog({ agent_id: "id-3", log_type: "error", log_level: "ERROR", message: "Boom" }), // 2
  advance(1000),
  agentLog({ log_type: "tool_call", details: { tool: "Grep-Tool" } }), // 3
  agentLog({ log_type: "performance", log_level: "WARNING", message: "slow" }), // 4
];

const list = (name: string, path: string, ...ids: readonly number[]): Scenario => ({
  name,
  given: FIVE,
  request: get(path),
  status: 200,
  headers: { "X-Change-Seq": "7", Link: null },
  body: ids.map((id) => ({ id })),
});

runScenarios("GET /api/runtime/logs", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  list("newest first, across all agents", PATH, 4, 3, 2, 1),
  list("level narrows", `${PATH}?level=ERROR`, 2),
  list("level is taken in any case, a comma means any of", `${PATH}?level=error,Debug`, 2, 1),
  list("log_type narrows", `${PATH}?log_type=tool_call`, 3),
  list("a comma in log_type means any of", `${PATH}?log_type=tool_call,error`, 3, 2),
  list("agent_id narrows", `${PATH}?agent_id=id-3`, 2),
  list("a comma in agent_id means any of", `${PATH}?agent_id=id-2,id-3`, 4, 3, 2, 1),
  list("session_id narrows", `${PATH}?session_id=s1`, 4, 3, 1),
  list("a comma in session_id means any of", `${PATH}?session_id=s1,s2`, 4, 3, 2, 1),
  list("q finds the words of the message, in any case", `${PATH}?q=PLAN`, 1),
  list("q finds the words of the details", `${PATH}?q=grep-t`, 3),
  list("since is inclusive, until exclusive", `${PATH}?since=2026-02-05T10:30:01Z&until=2026-02-05T10:30:02Z`, 2),
  list("filters are combined", `${PATH}?session_id=s1&level=warning,info&q=slo&since=2026-02-05`, 4),
]);

runScenarios("GET /api/runtime/logs/agent/{agent_id}", [
  list("its logs, newest first", `${PATH}/agent/id-2`, 4, 3, 1),
  list("level narrows", `${PATH}/agent/id-2?level=warning,debug`, 4, 1),
  list("log_type narrows", `${PATH}/agent/id-2?log_type=tool_call`, 3),
  list("session_id narrows", `${PATH}/agent/id-2?session_id=s2`),
  list("q narrows", `${PATH}/agent/id-2?q=slow`, 4),
  list("since and until narrow", `${PATH}/agent/id-2?since=2026-02-05T10:30:00Z&until=2026-02-05T10:30:01Z`, 1),
  { name: "an agent without logs", given: AGENT, request: get(`${PATH}/agent/id-2`), status: 200, body: [] },
  {
    name: "an unknown agent",
    request: get(`${PATH}/agent/nope`),
    status: 404,
    problem: { code: "not_found", detail: 'There is no runtime agent with id "nope".' },
  },
]);

runScenarios("logs of other programs", [
  {
    name: "are in the list of their session, their plain text as a string",
    given: [
      ...AGENT,
      sql(`insert into agent_logs (agent_id, log_type, message, details, created_at)
           values ('id-2', 'error', 'theirs', 'not json', '2026-02-05 11:00:00')`),
    ],
    request: get(`${PATH}?session_id=s1`),
    status: 200,
    body: [{ message: "theirs", details: "not json", created_at: "2026-02-05T11:00:00.000Z" }],
  },
]);
