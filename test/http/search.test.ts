import { describe, expect, test } from "bun:test";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { seededRandom } from "#test/support/random.ts";
import { get, post, prepare, runScenarios, send } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const LISTS = ["/api/agents", "/api/runtime/prompts", "/api/runtime/logs", "/api/system/logs"];

const GIVEN = [
  post("/api/agents", { name: "search-planner", agent_type: "planner", description: "Plans <all> of it" }),
  post("/api/runtime/agents", { orchestrator_agent_id: "id-1", session_id: "s1" }),
  post("/api/runtime/prompts", { agent_id: "id-2", prompt_type: "command", prompt_text: "Plan the search" }),
  post("/api/runtime/logs", {
    agent_id: "id-2",
    log_type: "milestone",
    message: "planned",
    details: { 语言: "中文搜索" },
  }),
  post("/api/system/logs", { component: "scheduler", message: "no plans -> idle" }),
];

const search = (name: string, path: string, body: unknown[]) => ({
  name,
  given: GIVEN,
  request: get(path),
  status: 200,
  body,
});

runScenarios("q", [
  search("finds a definition", "/api/agents?q=search", [
    { name: "search-planner", highlight: "<mark>search</mark>-planner" },
  ]),
  search("escapes what the text itself has of markup", "/api/agents?q=all", [
    { highlight: "Plans &lt;<mark>all</mark>&gt; of it" },
  ]),
  search("finds a prompt", '/api/runtime/prompts?q="the+search"', [{ highlight: "Plan <mark>the search</mark>" }]),
  search("finds two characters of Chinese", `/api/runtime/logs?q=${encodeURIComponent("搜索")}`, [
    { message: "planned" },
  ]),
  search("leaves out", "/api/system/logs?q=plan+-idle", []),
  search("finds punctuation as it stands", `/api/system/logs?q=${encodeURIComponent("->")}`, [
    { highlight: "no plans <mark>-&gt;</mark> idle" },
  ]),
  search("finds nothing where nothing is", "/api/runtime/logs?q=nowhere", []),
]);

test("without q no row has a highlight", async () => {
  await using app = await testApp();
  await prepare(app, GIVEN);
  for (const path of LISTS) {
    const { body } = await send(app, get(path));
    expect(body[0]).not.toHaveProperty("highlight");
  }
});

describe("whatever is typed is a query", () => {
  const typed = [
    ..."\" ' * ^ : ( ) [ ] { } + - ~ ! @ # $ % & / \\ | < > = ? , . ; ` _ 0 a é 中 🙂 \u0000 \u200d \ufffd".split(" "),
    '"',
    '""',
    '"a',
    'a"',
    "-",
    "--",
    '-"',
    '-"a',
    "- a",
    "-a",
    "-a -b",
    "a -a",
    "a OR b",
    "a AND NOT b",
    "NEAR(a b)",
    "NEAR",
    "AND",
    "NOT x",
    "a*",
    "*",
    "a*b",
    "col:a",
    "text:a",
    "{text}:a",
    "^a",
    "a + b",
    "rank",
    "'; drop table agents; --",
    "%",
    "_",
    "\\",
    "((",
    "))",
    " ",
    "   a   ",
    "a".repeat(500),
    '"'.repeat(500),
    "- ".repeat(250),
    "a ".repeat(250),
    "中".repeat(500),
    "🙂".repeat(250),
    "-a ".repeat(166),
    "e\u0301",
    "\u202eabc",
    "ﷺ",
    "½ ⒈",
  ];

  test("by hand", async () => {
    await using app = await testApp();
    await prepare(app, GIVEN);
    for (const path of LISTS) {
      for (const q of typed) {
        const { status } = await send(app, get(`${path}?q=${encodeURIComponent(q)}`));
        expect({ path, q, status }).toEqual({ path, q, status: 200 });
      }
    }
  });

  test("at random", async () => {
    await using app = await testApp();
    await prepare(app, GIVEN);
    const random = seededRandom(5);
    const parts = [
      ...'"""--*^:(){}+ \t\n,.\'',
      "plan",
      "search",
      "中文",
      "é",
      "🙂",
      "\u0000",
      "AND",
      "NOT",
      "\ud800".toWellFormed(),
    ];
    const text = () => Array.from({ length: 1 + random.below(12) }, () => random.pick(parts)).join("");
    for (let round = 0; round < 300; round += 1) {
      const q = text();
      const { status } = await send(app, get(`${LISTS[round % LISTS.length]}?limit=2&q=${encodeURIComponent(q)}`));
      expect({ q, status }).toEqual({ q, status: 200 });
    }
  });
});

test("an emptied search box asks for everything, and what is too long is heeded up to 500 characters", async () => {
  await using app = await testApp();
  await prepare(app, [post("/api/system/logs", { component: "adw", message: "the force is with us" })]);
  for (const q of ["", "%20", `force${"%20".repeat(600)}nowhere`, "--force"]) {
    expect((await send(app, get(`/api/system/logs?q=${q}`))).body, q).toHaveLength(1);
  }
  expect((await send(app, get("/api/system/logs?q=-force"))).body).toHaveLength(0);
});

test("a cursor of another list or query is no error", async () => {
  await using app = await testApp();
  await prepare(app, GIVEN);
  const cursors = [
    [0, "x"],
    [8e15, "-1"],
    [-9e15, "5"],
    [1_770_000_000_000, "99999999999"],
  ];
  for (const cursor of cursors) {
    const text = Buffer.from(JSON.stringify(cursor)).toString("base64url");
    const { status } = await send(app, get(`/api/agents?q=plan&cursor=${text}`));
    expect(status).toBe(200);
  }
});

test("rows of other processes are found", async () => {
  await using server = await testServer();
  await using other = await openForeignWriter(server.path);
  await other.run("insert into orchestrator_agents (id, name, agent_type) values ('d1', 'theirs', 'planner')");
  await other.run("insert into system_logs (component, message) values ('python', 'foreign needle')");
  for (const path of ["/api/agents?q=their", "/api/system/logs?q=needle"]) {
    await until(path, async () => (await server.call("GET", path)).body.length === 1);
  }
});

test("the server indexes without being asked, and what was here before it started", async () => {
  await using server = await testServer();
  await using other = await openForeignWriter(server.path);
  const indexed = async () => (await other.run("select count(*) as n from system_logs_text_docsize"))[0]!["n"];
  await server.call("POST", "/api/system/logs", { component: "a", message: "one" });
  await until("the log is indexed", async () => (await indexed()) === 1);
  await server.stop();
  await other.run("insert into system_logs (component, message) values ('python', 'while it was away')");
  await using again = await testServer(server.path);
  await until("the other log is indexed", async () => (await indexed()) === 2);
  expect((await again.call("GET", "/api/system/logs?q=away")).body).toHaveLength(1);
});
