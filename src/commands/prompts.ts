import { notFound } from "#src/domain/problem.ts";
import { changePrompt, type CreatePrompt, openPrompt, type Prompt, type UpdatePrompt } from "#src/domain/prompt.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { decideAnew } from "./decide-anew.ts";
import type { CommandDeps } from "./deps.ts";

const NOUN = "prompt";

/** Its cost is booked on its agent in the same transaction. */
export function createPrompt(deps: CommandDeps, command: CreatePrompt): Promise<Prompt> {
  return decideAnew(async () => {
    const agent = await deps.db.agents.get(command.agent_id);
    if (agent.value === null) throw notFound("runtime agent", command.agent_id);
    const prompt = openPrompt(command, deps.newId(), toTimestamp(deps.clock()));
    return deps.db.prompts.insert(prompt, prompt.cost_usd ?? 0);
  });
}

/** A change of its cost moves its agent's cost by the same amount in the same transaction. */
export function updatePrompt(deps: CommandDeps, id: string, command: UpdatePrompt): Promise<Prompt> {
  return decideAnew(async () => {
    const { value: prompt } = await deps.db.prompts.get(id);
    if (prompt === null) throw notFound(NOUN, id);
    const change = changePrompt(prompt, command, toTimestamp(deps.clock()));
    if (change === null) return prompt;
    return deps.db.prompts.update(id, prompt, change.set, change.agentCost);
  });
}

/** Takes nothing back from its agent's cost. */
export async function deletePrompt(deps: CommandDeps, id: string): Promise<void> {
  if (!(await deps.db.prompts.remove(id))) throw notFound(NOUN, id);
}
