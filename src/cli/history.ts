import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { SystemLog } from "#src/domain/system-log.ts";
import type { Cli } from "./cli.ts";
import { formatCount, formatDateTime, formatUsd } from "./format.ts";
import { paintLevel, paintStatus } from "./paint.ts";
import { visible } from "#src/domain/visible.ts";

const LEVEL_WIDTH = "CRITICAL".length;
const STATUS_WIDTH = "cancelled".length;

/** A log on one line, however long: when, what, of whom. */
export function logLine({ paint }: Cli, log: AgentLog | SystemLog, who?: string): string {
  const kind = "component" in log ? log.component : log.log_type;
  const level = paintLevel(paint, log.log_level)(visible(log.log_level).padEnd(LEVEL_WIDTH));
  const name = who === undefined ? [] : [paint.bold(visible(who))];
  return [paint.dim(formatDateTime(log.created_at)), level, ...name, visible(kind), visible(log.message)].join("  ");
}

/** A prompt on one line. */
export function promptLine({ paint }: Cli, prompt: Prompt): string {
  const status = paintStatus(paint, prompt.status)(visible(prompt.status).padEnd(STATUS_WIDTH));
  const error = prompt.error_message === null ? [] : [paint.red(visible(prompt.error_message))];
  const text = visible(prompt.prompt_text);
  return [paint.dim(formatDateTime(prompt.created_at)), status, promptFacts(prompt), ...error, text].join("  ");
}

/** Kind, model, tokens and cost of a prompt, as far as they are known. */
export function promptFacts(
  prompt: Pick<Prompt, "prompt_type" | "prompt_name" | "model_used" | "tokens_input" | "tokens_output" | "cost_usd">,
): string {
  const { tokens_input: input, tokens_output: output } = prompt;
  const tokens = (count: number | null) => (count === null ? "?" : formatCount(count));
  return [
    visible(prompt.prompt_type),
    prompt.prompt_name === null ? null : visible(prompt.prompt_name),
    prompt.model_used === null ? null : visible(prompt.model_used),
    input === null && output === null ? null : `${tokens(input)} in, ${tokens(output)} out`,
    prompt.cost_usd === null ? null : formatUsd(prompt.cost_usd),
  ]
    .filter((fact) => fact !== null)
    .join("  ");
}
