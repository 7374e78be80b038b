import { describe, expect, test } from "bun:test";
import type { DatabaseManager } from "#src/database/manager.ts";
import { createPrompt, updatePrompt } from "#src/commands/prompts.ts";
import { createOrchestratorAgent, deleteOrchestratorAgent } from "#src/commands/orchestrator-agents.ts";
import { createRuntimeAgent, updateRuntimeAgent } from "#src/commands/runtime-agents.ts";
import type { CommandDeps } from "#src/commands/deps.ts";
import { Problem } from "#src/domain/problem.ts";
import { START, testIds } from "#test/support/clock.ts";
import { changesAfter } from "#test/support/reduce.ts";
import { ENGINES } from "./engines.ts";
import { seed } from "./rows.ts";

function deps(db: DatabaseManager, prefix: string): CommandDeps {
  return { db, clock: () => START, newId: testIds(prefix) };
}

/** `done`, or the code of the problem. */
async function outcomes(commands: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(commands);
  return settled.map((one) => {
    if (one.status === "fulfilled") return "done";
    return one.reason instanceof Problem ? one.reason.code : String(one.reason);
  });
}

describe.each(ENGINES.flatMap((engine) => [false, true].map((apart) => ({ name: engine.name, engine, apart }))))(
  "$name: commands at the same time (in two processes: $apart)",
  ({ engine, apart }) => {
    async function open() {
      const on = await engine.open();
      await seed(on.db);
      const second = apart ? await on.another() : on.db;
      return Object.assign(on, { first: deps(on.db, "x"), second: deps(second, "y") });
    }

    test("a definition is deleted without cascade, or gets an agent, never both", async () => {
      await using on = await open();
      const { first, second, db } = on;
      for (let round = 0; round < 20; round += 1) {
        const { id } = await createOrchestratorAgent(first, { name: `racing ${round}`, agent_type: "skill" });
        const start = { orchestrator_agent_id: id, session_id: "s", status: "completed" } as const;
        const [deleted, started] = await Promise.allSettled([
          deleteOrchestratorAgent(first, id, false),
          createRuntimeAgent(second, start),
        ]);
        const left = await db.agents.list({ orchestrator_agent_id: [id] }, { limit: 10 });
        expect(left.value.rows).toHaveLength(started.status === "fulfilled" ? 1 : 0);
        expect([deleted.status, started.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      }
    });

    test("invariant 10: of completed and failed one succeeds and one is a conflict", async () => {
      await using on = await open();
      const { first, second } = on;
      const ends = await outcomes([
        updateRuntimeAgent(first, "a1", { status: "completed" }),
        updateRuntimeAgent(second, "a1", { status: "failed" }),
      ]);
      expect(ends.toSorted()).toEqual(["conflict", "done"]);
      const { value: agent } = await on.db.agents.get("a1");
      expect(agent!.status).toBe(ends[0] === "done" ? "completed" : "failed");
      const { value: logs } = await on.db.agentLogs.list({}, { limit: 10 });
      expect(logs.rows.map(({ details }) => details)).toEqual([{ from: "initializing", to: agent!.status }]);
    });

    test("the cost of an agent is the sum of its prompts that complete together", async () => {
      await using on = await open();
      const { first, second } = on;
      const both = (index: number) => (index % 2 === 0 ? first : second);
      const prompts = await Promise.all(
        Array.from({ length: 32 }, (_, index) =>
          createPrompt(both(index), { agent_id: "a1", prompt_type: "command", prompt_text: `${index}` }),
        ),
      );
      await Promise.all(
        prompts.map(({ id }, index) =>
          updatePrompt(both(index), id, { status: "completed", cost_usd: (index + 1) / 100 }),
        ),
      );
      expect((await on.db.agents.get("a1")).value!.cost_usd).toBe(5.28);
      const changes = await changesAfter(on.db, 0);
      expect(changes.filter(({ entity }) => entity === "prompt")).toHaveLength(64);
      expect(changes.filter(({ entity, op }) => entity === "agent" && op === "updated")).toHaveLength(32);
    });

    test("a prompt's cost that is set twice is booked once: the last one counts", async () => {
      await using on = await open();
      const { first, second } = on;
      const { id } = await createPrompt(first, { agent_id: "a1", prompt_type: "adw", prompt_text: "x" });
      const ends = await outcomes([
        updatePrompt(first, id, { cost_usd: 0.25 }),
        updatePrompt(second, id, { cost_usd: 0.75 }),
        updatePrompt(first, id, { status: "streaming" }),
      ]);
      expect(ends).toEqual(["done", "done", "done"]);
      const { value: prompt } = await on.db.prompts.get(id);
      expect(prompt!.status).toBe("streaming");
      expect((await on.db.agents.get("a1")).value!.cost_usd).toBe(prompt!.cost_usd!);
    });

    test("of two definitions of one name one is made", async () => {
      await using on = await open();
      const { first, second } = on;
      const command = { name: "same", agent_type: "skill" };
      const ends = await outcomes([createOrchestratorAgent(first, command), createOrchestratorAgent(second, command)]);
      expect(ends.toSorted()).toEqual(["conflict", "done"]);
      expect((await on.db.orchestratorAgents.list({ q: "same" }, { limit: 10 })).value.rows).toHaveLength(1);
    });

    test("agents of one external id are one agent", async () => {
      await using on = await open();
      const { first, second } = on;
      const command = { orchestrator_agent_id: "d1", session_id: "s1", external_id: "x" };
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, index) => createRuntimeAgent(index % 2 === 0 ? first : second, command)),
      );
      expect(new Set(made.map(({ agent }) => agent.id)).size).toBe(1);
      expect(made.filter(({ created }) => created)).toHaveLength(1);
    });
  },
);
