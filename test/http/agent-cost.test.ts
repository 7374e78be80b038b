import { agent, definition, prompt } from "#test/support/given.ts";
import { get, patch, remove, runScenarios, type Scenario, sql } from "#test/support/scenario.ts";

const PATH = "/api/runtime/prompts";
const AGENT = [definition(), agent()];

const cost = (name: string, expected: number, ...given: NonNullable<Scenario["given"]>): Scenario => ({
  name,
  given: [...AGENT, ...given],
  request: get("/api/runtime/agents/id-2"),
  status: 200,
  body: { cost_usd: expected },
});

runScenarios("an agent's cost", [
  cost("starts at 0", 0),
  cost("is the sum of its prompts, without binary dust", 0.3, prompt({ cost_usd: 0.1 }), prompt({ cost_usd: 0.2 })),
  cost("moves by the difference", 0.75, prompt({ cost_usd: 0.5 }), patch(`${PATH}/id-3`, { cost_usd: 0.75 })),
  cost("goes down with a correction", 0.25, prompt({ cost_usd: 0.5 }), patch(`${PATH}/id-3`, { cost_usd: 0.25 })),
  cost("stays when a prompt is deleted", 0.5, prompt({ cost_usd: 0.5 }), remove(`${PATH}/id-3`)),
  cost(
    "is set outright on the agent",
    2,
    prompt({ cost_usd: 0.5 }),
    patch("/api/runtime/agents/id-2", { cost_usd: 2 }),
  ),
  cost(
    "is not booked for a prompt of another program, which books both itself",
    0,
    sql("insert into prompts (id, agent_id, prompt_type, prompt_text, cost_usd) values ('p', 'id-2', 'adw', 't', 9)"),
  ),
]);
