import { type AgentLog, type CreateAgentLog, writeAgentLog } from "#src/domain/agent-log.ts";
import { notFound } from "#src/domain/problem.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { decideAnew } from "./decide-anew.ts";
import type { CommandDeps } from "./deps.ts";

/** All or none. Returns them numbered, in order. */
export function createAgentLogs(deps: CommandDeps, commands: readonly CreateAgentLog[]): Promise<AgentLog[]> {
  return decideAnew(async () => {
    const [unknown] = await deps.db.agentLogs.unknownAgents(commands.map((command) => command.agent_id));
    if (unknown !== undefined) throw notFound("runtime agent", unknown);
    const now = toTimestamp(deps.clock());
    return deps.db.agentLogs.append(commands.map((command) => writeAgentLog(command, now)));
  });
}
