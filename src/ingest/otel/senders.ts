import { eventNameOf } from "./event.ts";
import type { LogRecord, Origin } from "./telemetry.ts";

/** Programs whose telemetry has a reader of its own; null for any other. */
export type Sender = "claude" | "codex" | "gemini" | null;

/** Who has sent a record: its name tells, or its service. */
export function senderOf(record: LogRecord): Sender {
  const name = eventNameOf(record);
  if (name.startsWith("claude_code.")) return "claude";
  if (name.startsWith("codex.")) return "codex";
  if (name.startsWith("gemini_cli.")) return "gemini";
  return serviceOf(record.origin);
}

/** Names of Codex's service differ: `codex_cli_rs`, `codex_exec`, `codex-app-server`. */
export function serviceOf({ service, scope }: Origin): Sender {
  if (/^claude-code/i.test(service) || /claude_code/.test(scope)) return "claude";
  if (/^codex\b|^codex_/i.test(service)) return "codex";
  return /^gemini-cli/i.test(service) ? "gemini" : null;
}

/**
 * Whether spans of this origin are read. What those of Codex and Gemini CLI say, their events say too: tokens would count
 * twice. opencode reports by its plugin.
 */
export function hasSpans(origin: Origin): boolean {
  const sender = serviceOf(origin);
  return sender !== "codex" && sender !== "gemini" && !/^opencode/i.test(origin.service);
}
