import { describe, expect, test } from "bun:test";
import {
  CreateOrchestratorAgent,
  defineAgent,
  OrchestratorAgentQuery,
  UpdateOrchestratorAgent,
} from "#src/domain/orchestrator-agent.ts";

const NOW = "2026-02-05T10:30:00.000Z";
const CREATE = { name: "feature-planner", agent_type: "skill" };

describe("orchestrator agent", () => {
  test("is active, and empty where nothing was given", () => {
    expect(defineAgent(CREATE, "d-1", NOW)).toEqual({
      id: "d-1",
      name: "feature-planner",
      description: null,
      agent_type: "skill",
      capabilities: null,
      default_model: null,
      is_active: true,
      config: null,
      metadata: null,
      created_at: NOW,
      updated_at: NOW,
    });
  });

  test("keeps false, null and empty text as given", () => {
    const given = { is_active: false, metadata: 0, description: "", capabilities: "" };
    expect(defineAgent({ ...CREATE, ...given }, "d-1", NOW)).toMatchObject(given);
  });

  test.each(["planner", "builder", "reviewer", "tester", "orchestrator", "utility", "skill", "custom"])(
    "%s is a kind",
    (agent_type) => expect(CreateOrchestratorAgent.safeParse({ ...CREATE, agent_type }).success).toBe(true),
  );

  test.each(["a", "7", "my_own-kind2", "k".repeat(64)])("%s is a kind too", (agent_type) => {
    expect(CreateOrchestratorAgent.safeParse({ ...CREATE, agent_type }).success).toBe(true);
  });

  test.each(["", "Planner", "two words", "-a", "a\n", "ä", "a,b", "k".repeat(65), null, 1])(
    "%j is no kind",
    (agent_type) => expect(CreateOrchestratorAgent.safeParse({ ...CREATE, agent_type }).success).toBe(false),
  );

  test.each([
    ["a text", "planning,analysis", "planning,analysis"],
    ["a list, which is joined", ["planning", "analysis"], "planning,analysis"],
    ["a list of one", ["planning"], "planning"],
    ["an empty list", [], ""],
    ["null", null, null],
  ])("capabilities may be %s", (_what, capabilities, stored) => {
    expect(CreateOrchestratorAgent.parse({ ...CREATE, capabilities }).capabilities).toBe(stored);
  });

  test.each([
    ["a list with an empty text", ["a", ""]],
    ["a list with a number", [1]],
    ["a list of 101", Array.from({ length: 101 }, () => "a")],
    ["NUL in a list", ["a\0"]],
    ["an object", { a: true }],
  ])("capabilities must not be %s", (_what, capabilities) => {
    expect(CreateOrchestratorAgent.safeParse({ ...CREATE, capabilities }).success).toBe(false);
  });

  test.each([
    ["no name", { agent_type: "skill" }],
    ["an empty name", { ...CREATE, name: "" }],
    ["a name of 256 characters", { ...CREATE, name: "n".repeat(256) }],
    ["an id", { ...CREATE, id: "d-1" }],
    ["is_active in text", { ...CREATE, is_active: "true" }],
    ["null for is_active", { ...CREATE, is_active: null }],
    ["a list", [CREATE]],
    ["null", null],
  ])("creation refuses %s", (_what, body) => {
    expect(CreateOrchestratorAgent.safeParse(body).success).toBe(false);
  });

  test("an update takes any of the fields, and null only where a row may be empty", () => {
    expect(UpdateOrchestratorAgent.parse({})).toEqual({});
    expect(UpdateOrchestratorAgent.parse({ description: null, capabilities: null })).toEqual({
      description: null,
      capabilities: null,
    });
    expect(UpdateOrchestratorAgent.safeParse({ name: null }).success).toBe(false);
    expect(UpdateOrchestratorAgent.safeParse({ agent_type: null }).success).toBe(false);
  });

  test("the list is narrowed by is_active as true or false", () => {
    expect(OrchestratorAgentQuery.parse({ is_active: "false" }).is_active).toBe(false);
    for (const is_active of ["1", "TRUE", ""])
      expect(OrchestratorAgentQuery.safeParse({ is_active }).success).toBe(false);
  });
});
