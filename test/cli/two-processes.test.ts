import { expect, test } from "bun:test";
import { testFolder } from "#test/support/folder.ts";
import type { Json } from "#test/support/json.ts";
import { startProgram } from "#test/support/program.ts";

const PATIENCE_MS = 30_000;
const ROUNDS = 10;

type Answer = { readonly status: number; readonly body: Json };

async function send(url: string, method: string, path: string, body: object): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

test(
  "two processes of this program on one file: of completed and failed one is 200 and one 409, and costs add up",
  async () => {
    using folder = testFolder();
    await using first = startProgram(folder.path);
    const here = await first.url;
    await using second = startProgram(folder.path);
    const there = await second.url;
    const { id: definition } = (await send(here, "POST", "/api/agents", { name: "racer", agent_type: "skill" })).body;

    for (let round = 0; round < ROUNDS; round += 1) {
      const start = { orchestrator_agent_id: definition, session_id: "s" };
      const { id } = (await send(there, "POST", "/api/runtime/agents", start)).body;
      const prompt = { agent_id: id, prompt_type: "command", prompt_text: "p", cost_usd: 0.1 };
      const costs = [here, there, here, there].map((url) => send(url, "POST", "/api/runtime/prompts", prompt));
      expect((await Promise.all(costs)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);

      const [completed, failed] = await Promise.all([
        send(here, "PATCH", `/api/runtime/agents/${id}`, { status: "completed" }),
        send(there, "PATCH", `/api/runtime/agents/${id}`, { status: "failed" }),
      ]);
      expect([completed.status, failed.status].toSorted()).toEqual([200, 409]);
      const winner = completed.status === 200 ? "completed" : "failed";
      const agent: Json = await (await fetch(`${there}/api/runtime/agents/${id}`)).json();
      expect(agent).toMatchObject({ status: winner, cost_usd: 0.4 });
      const logs: Json = await (await fetch(`${here}/api/runtime/logs/agent/${id}?log_type=state_change`)).json();
      expect(logs.map((log: Json) => log.details)).toEqual([{ from: "initializing", to: winner }]);
    }
  },
  PATIENCE_MS,
);
