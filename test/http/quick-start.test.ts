import { expect, test } from "bun:test";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { testServer } from "#test/support/test-server.ts";

const DEFINITION = {
  name: "feature-planner",
  description: "Plans feature implementation",
  agent_type: "skill",
  capabilities: "planning,analysis",
  default_model: "claude-sonnet-3.5",
};

test("the quick start answers 201, and a socket opened before sees what follows", async () => {
  await using server = await testServer();
  await using socket = await openSocket(server.url, "/ws/events");
  const created = await server.call("POST", "/api/agents", DEFINITION);
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ ...DEFINITION, is_active: true, metadata: null });
  const frame = await socket.next("the definition", ({ type }) => type === "orchestrator_agent.created");
  expect(frame["data"]).toMatchObject(DEFINITION);
});

test("a write of another process reaches a socket", async () => {
  await using server = await testServer();
  await using socket = await openSocket(server.url, "/ws/events");
  await using other = await openForeignWriter(server.path);
  await other.run("insert into system_logs (component, message) values ('adw', 'hello')");
  const frame = await socket.next("the log", ({ type }) => type === "system_log.created");
  expect(frame["data"]).toMatchObject({ component: "adw", message: "hello" });
});
