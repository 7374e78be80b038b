import { z } from "zod";
import { AgentLog } from "./agent-log.ts";
import { AgentSummary } from "./change.ts";
import { anyText, wholeNumber } from "./listing.ts";
import { Count, CountTotal } from "./values.ts";

/** What is current: agents that are alive, or ended within this time; of these the newest so many. */
export const CURRENT_AGENTS = { endedWithinMs: 60 * 60 * 1000, most: 1000 };

/** Types of logs that tell what an agent does; a change of status tells it only where there is none of them. */
export const TELLING_LOG_TYPES = ["tool_call", "milestone", "error", "performance"] as const;
/** So many of an agent's newest logs are looked at for one that tells something. */
export const MOST_LOGS_LOOKED_AT = 50;

const LastLog = AgentLog.pick({ id: true, log_level: true, log_type: true, message: true, created_at: true })
  .extend({ message: z.string().meta({ description: "Cut at 2,000 characters" }) })
  .nullable()
  .meta({
    description: `What it did last: of its newest ${MOST_LOGS_LOOKED_AT} logs the newest of ${TELLING_LOG_TYPES.join(", ")}; where there is none, the newest state_change; null without one`,
  });

/** An agent as a board shows it: who it is, what it does, what that took. */
export const BoardAgent = AgentSummary.extend({
  definition: z
    .string()
    .nullable()
    .meta({ description: "Name of its definition", examples: ["feature-planner"] }),
  agent_type: z
    .string()
    .nullable()
    .meta({ description: "Of its definition", examples: ["planner"] }),
  prompts: Count.meta({ description: "Of this agent alone, as far as they are still there; so are the tokens" }),
  tokens_input: CountTotal.meta({ description: "With those read from the cache and written to it" }),
  tokens_output: CountTotal,
  last_log: LastLog,
}).meta({ id: "BoardAgent", description: "An agent with what it does and what it took; text is cut as in a change" });
export type BoardAgent = z.infer<typeof BoardAgent>;

const { most } = CURRENT_AGENTS;
/** Ids that an address has room for. */
const MOST_IDS = 200;

export const BoardQuery = z.strictObject({
  session_id: anyText("Session"),
  agent_id: anyText("Agent", MOST_IDS),
  limit: wholeNumber(1, most)
    .default(most)
    .meta({ type: "integer", minimum: 1, maximum: most, default: most, description: "The newest so many" }),
});
export type BoardFilter = Omit<z.output<typeof BoardQuery>, "limit">;
