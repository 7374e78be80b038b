import type { Hook } from "#src/ingest/hook-event.ts";
import { ANSWERED, IDLE, milestone, waiting } from "#src/ingest/hook-facts.ts";
import type { Fact } from "#src/ingest/report.ts";
import { oneLine, text } from "#src/ingest/values.ts";

const MESSAGE = 200;

/** Of versions that don't say of which type it is. */
const ASKS_PERMISSION = /\bpermission\b/i;
const AWAITS_INPUT = /\bwaiting for your input\b/i;

/** What follows from something that Claude Code tells the person before it. */
export function notified({ fields }: Hook): Fact[] {
  const message = oneLine(fields["message"], MESSAGE);
  switch (text(fields["notification_type"], MESSAGE) ?? typeBy(message)) {
    case "permission_prompt":
    case "elicitation_dialog":
    case "elicitation_url_dialog":
    case "agent_needs_input":
      return [waiting(message)];
    case "idle_prompt":
      return [{ ...IDLE, from: ["waiting", "executing"] }];
    case "elicitation_complete":
    case "elicitation_response":
      return [ANSWERED];
    default: {
      const { title, notification_type } = fields as Record<string, unknown>;
      return [milestone(message ?? "Notification", { title, notification_type })];
    }
  }
}

function typeBy(message: string | null): string | null {
  if (message === null) return null;
  if (ASKS_PERMISSION.test(message)) return "permission_prompt";
  return AWAITS_INPUT.test(message) ? "idle_prompt" : null;
}
