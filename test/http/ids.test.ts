import { describe, expect, test } from "bun:test";
import { get, patch, post, put, remove, runSql, send } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const ODD_IDS = [
  "adw-orchestrator",
  "a/b",
  "../agents",
  "ü",
  "日本語 🙂",
  "%",
  "%41",
  "%2F",
  "with space",
  " leading and trailing ",
  "a+b",
  "a?b#c&d=e",
  "a,b",
  "quote\"'`;--",
  "back\\slash",
  "line\nbreak\ttab",
  "__proto__",
  "agent",
  "42",
  "x".repeat(255),
];

/** Rows of other programs, all with this id. */
function insertRows(app: TestApp, id: string): void {
  const text = `'${id.replaceAll("'", "''")}'`;
  runSql(
    app.path,
    `insert into orchestrator_agents (id, name, agent_type) values (${text}, 'n', 'skill');
     insert into agents (id, orchestrator_agent_id, session_id) values (${text}, ${text}, ${text});
     insert into prompts (id, agent_id, prompt_type, prompt_text) values (${text}, ${text}, 'adw', 't');
     insert into ai_developer_workflows (id, adw_name, workflow_type) values (${text}, 'a', 't')`,
  );
}

describe("any stored string is accepted as an id, percent-encoded in a path", () => {
  for (const id of ODD_IDS) {
    test(JSON.stringify(id).slice(0, 60), async () => {
      await using app = await testApp();
      insertRows(app, id);
      const at = encodeURIComponent(id);
      const read = async (path: string) => (await send(app, get(path))).body;

      expect(await read(`/api/agents/${at}`)).toMatchObject({ id });
      expect(await read(`/api/runtime/agents/${at}`)).toMatchObject({ id, orchestrator_agent_id: id });
      expect(await read(`/api/runtime/sessions/${at}`)).toMatchObject({ session_id: id, tree: [{ id }] });
      expect(await read(`/api/runtime/prompts/${at}`)).toMatchObject({ id, agent_id: id });
      expect(await read(`/api/runtime/workflows/${at}`)).toMatchObject({ id });
      expect(await read(`/api/runtime/logs/agent/${at}`)).toEqual([]);

      const log = await send(app, post("/api/runtime/logs", { agent_id: id, log_type: "error", message: "m" }));
      expect(log.body).toMatchObject({ agent_id: id });
      expect(await read(`/api/runtime/logs/agent/${at}`)).toMatchObject([{ agent_id: id }]);
      expect((await send(app, patch(`/api/runtime/prompts/${at}`, { cost_usd: 1 }))).body).toMatchObject({ id });
      expect((await send(app, patch(`/api/runtime/agents/${at}`, { status: "failed" }))).body).toMatchObject({ id });
      expect((await send(app, patch(`/api/runtime/workflows/${at}`, { status: "failed" }))).body).toMatchObject({ id });
      expect((await send(app, put(`/api/agents/${at}`, { name: "m" }))).body).toMatchObject({ id, name: "m" });
      if (!id.includes(",")) expect(await read(`/api/runtime/prompts?agent_id=${at}`)).toMatchObject([{ id }]);

      for (const path of ["/api/runtime/prompts", "/api/runtime/agents", "/api/agents"]) {
        expect((await send(app, remove(`${path}/${at}`))).status).toBe(204);
      }
    });
  }
});

describe("Location leads to the new row, whatever its id", () => {
  for (const id of ODD_IDS) {
    test(JSON.stringify(id).slice(0, 60), async () => {
      await using app = await testApp({ newId: () => id });
      const made = await send(app, post("/api/agents", { name: "n", agent_type: "skill" }));
      expect(made.status).toBe(201);
      expect((await send(app, get(made.headers.get("Location")!))).body).toEqual(made.body);
    });
  }
});

test("an id of another program that is a number in its file is a string here", async () => {
  await using app = await testApp();
  runSql(app.path, "insert into orchestrator_agents (id, name, agent_type) values (42, 'n', 'skill')");
  expect((await send(app, get("/api/agents/42"))).body).toMatchObject({ id: "42" });
});
