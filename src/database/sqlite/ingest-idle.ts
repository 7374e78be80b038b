import { logStateChange } from "#src/domain/agent-log.ts";
import { insertAgentLog } from "./agent-logs.ts";
import { batchEnd, updateRow } from "./mutate.ts";
import { orderMillis, storedTime } from "./rows.ts";
import type { Writer } from "./writer.ts";

/** Of one batch. */
const FEW = 16;
/** Turns that may be open: an agent has one prompt at a time. */
const NEWEST = 4;

/** Conversations of which nothing was heard since a time, though their turn is under way. */
export const IDLE = `select o.id, o.agent_id as agentId, a.status from orchestrator_conversations o cross join agents a on a.id = o.agent_id
  where o.ends_idle = 1 and o.updated_ms < $beforeMs limit $few`;
const END = "update orchestrator_conversations set ends_idle = 0, revision = revision + 1 where id = $id";
const TURNS = `select t.prompt_id as promptId, p.status from orchestrator_turns t cross join prompts p on p.id = t.prompt_id
  where t.conversation_id = $id and t.opened_ms is null order by t.sent_ms desc limit ${NEWEST}`;
const END_TURN = "update orchestrator_turns set ended_idle = 1 where prompt_id = $promptId";

type Idle = { readonly id: number; readonly agentId: string; readonly status: string };

/** Inside a write: ends what is under way there. True when none is left. */
export function endIdle(writer: Writer, beforeMs: number, at: string): boolean {
  const end = batchEnd();
  const found = writer.prepare<Idle>(IDLE).all({ beforeMs, few: FEW });
  for (const [index, { id, agentId, status }] of found.entries()) {
    writer.prepare(END).run({ id });
    for (const turn of writer.prepare<{ promptId: string; status: string }>(TURNS).all({ id })) {
      writer.prepare(END_TURN).run(turn);
      if (turn.status !== "streaming") continue;
      updateRow(writer, "prompts", turn.promptId, {}, { status: "completed", completed_at: storedTime(at) });
    }
    if (status === "executing") {
      updateRow(writer, "agents", agentId, { status }, { status: "idle", updated_ms: orderMillis(at) });
      insertAgentLog(writer, logStateChange(agentId, status, "idle", at, "nothing was heard of it"));
    }
    if (performance.now() > end) return index === found.length - 1 && found.length < FEW;
  }
  return found.length < FEW;
}
