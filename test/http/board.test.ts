import { expect, test } from "bun:test";
import { summaryOf } from "#src/domain/change.ts";
import { agent, agentLog, definition, NOW, prompt } from "#test/support/given.ts";
import { copyFixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { advance, get, patch, runScenarios, type Scenario, send, sql } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

const PATH = "/api/runtime/board";
const HOUR = 3_600_000;

/** `id-2` and `id-3` below it in session s1; `id-5` in s2, which has ended. */
const GIVEN: Scenario["given"] = [
  definition(),
  agent({ name: "root" }),
  agent({ parent_agent_id: "id-2", status: "waiting" }),
  prompt({ tokens_input: 10, tokens_output: 1, cost_usd: 0.5 }),
  agentLog({ log_type: "tool_call", message: "Bash: ls" }),
  agent({ session_id: "s2" }),
  patch("/api/runtime/agents/id-5", { status: "failed", error_message: "no network" }),
];

const shown = (name: string, query: string, body: object[], given = GIVEN): Scenario => ({
  name,
  given,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { Link: null },
  body,
});

runScenarios(`GET ${PATH}`, [
  { name: "none", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0" } },
  {
    ...shown("who is alive or ended just now, with what it does and what it took", "", [
      { id: "id-5", status: "failed", completed_at: NOW, last_log: { log_type: "state_change" } },
      { id: "id-3", status: "waiting", parent_agent_id: "id-2", last_log: null },
      {
        id: "id-2",
        name: "root",
        session_id: "s1",
        definition: "planner",
        agent_type: "planner",
        prompts: 1,
        tokens_input: 10,
        tokens_output: 1,
        cost_usd: 0.5,
        quiet_since: null,
        lost: false,
        last_log: { id: 1, log_level: "INFO", log_type: "tool_call", message: "Bash: ls", created_at: NOW },
      },
    ]),
    headers: { "X-Change-Seq": "9" },
  },
  shown("of more than fit, the alive ones", "?limit=1", [{ id: "id-3" }]),
  shown("an hour later not who has ended", "", [{ id: "id-3" }, { id: "id-2" }], [...GIVEN, advance(HOUR + 1000)]),
  shown("of a session, whenever it ended", "?session_id=s2,s9", [{ id: "id-5" }], [...GIVEN, advance(9 * HOUR)]),
  shown("of ids, whenever they ended", "?agent_id=id-5,id-3,no", [{ id: "id-5" }, { id: "id-3" }]),
  shown("of ids in a session", "?agent_id=id-5,id-3&session_id=s1", [{ id: "id-3" }]),
  shown("of 200 ids", `?agent_id=${Array.from({ length: 200 }, (_, n) => `id-${n}`).join(",")}`, [
    { id: "id-5" },
    { id: "id-3" },
    { id: "id-2" },
  ]),
  ...[
    "limit=0",
    "limit=1001",
    "cursor=x",
    "status=idle",
    "session_id=",
    `agent_id=${Array.from({ length: 201 }, (_, n) => n).join(",")}`,
  ].map((query): Scenario => ({
    name: `${query.slice(0, 20)} is refused`,
    request: get(`${PATH}?${query}`),
    status: 422,
    problem: "validation",
  })),
  shown(
    "rows of others, whatever they hold",
    "?session_id=s8",
    [
      { id: "blob", name: "\u{FFFD}", definition: "id-x", agent_type: "x", prompts: 2, tokens_input: 3, cost_usd: 0 },
      { id: "bare", name: null, prompts: 0, last_log: { log_type: "error", message: "bytes", created_at: null } },
      { id: "", definition: "id-x", prompts: 0, last_log: null },
    ],
    [
      sql(`insert into orchestrator_agents (id, name, agent_type) values ('x', x'69642d78', x'78');
        insert into agents (id, orchestrator_agent_id, session_id, status, started_at, completed_at, context, cost_usd, name) values
          (x'626c6f62', 'x', 's8', 'executing', '2026-02-05 10:30:00', 'never', 'plain text', 'much', x'ff'),
          ('bare', 'x', 's8', 'completed', 'no time', null, x'00', null, null),
          (null, 'x', 's8', 'idle', 'no time', null, null, null, null);
        insert into prompts (id, agent_id, prompt_type, prompt_text, tokens_input, tokens_output) values
          ('q1', x'626c6f62', 'adw', 't', 3, 'many'), ('q2', x'626c6f62', 'adw', 't', -5, null);
        insert into agent_logs (agent_id, log_level, log_type, message, details, created_at) values
          ('bare', 'ERROR', 'error', x'6279746573', 'no json', 'yesterday')`),
    ],
  ),
]);

test.each(FIXTURES)("the agents of %s are shown, each once", async (fixture) => {
  using folder = testFolder();
  await using app = await testApp({ path: copyFixture(folder, fixture) });
  const { body: agents } = await send(app, get("/api/runtime/agents?limit=1000"));
  expect(agents.length).toBeGreaterThan(0);
  const path = `${PATH}?agent_id=${(agents as { id: string }[]).map(({ id }) => encodeURIComponent(id)).join(",")}`;
  const { body: board } = await send(app, get(path));
  expect(board).toHaveLength(agents.length);
  for (const [at, stored] of agents.entries()) {
    expect(board[at]).toMatchObject(summaryOf(stored));
    expect(board[at].definition).toBeString();
  }
  await send(app, get(PATH));
});
