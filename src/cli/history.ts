import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { SystemLog } from "#src/domain/system-log.ts";
import type { Cli } from "./cli.ts";
import { formatCount, formatDateTime, formatUsd } from "./format.ts";
import { paintLevel, paintStatus } from "./paint.ts";
import { fit } from "./table.ts";
import { visible } from "./visible.ts";

const LEVEL_WIDTH = 8;

/** A line for each log, in the order given. */
export function logLines(cli: Cli, logs: readonly (AgentLog | SystemLog)[]): string[] {
  return logs.map((log) => {
    const kind = "component" in log ? log.component : log.log_type;
    const level = paintLevel(cli.paint, log.log_level)(log.log_level.padEnd(LEVEL_WIDTH));
    const begin = `${formatDateTime(log.created_at)}  `;
    const rest = `  ${visible(kind)}  ${visible(log.message)}`;
    return cli.paint.dim(begin) + level + fit(rest, room(cli, begin.length + LEVEL_WIDTH));
  });
}

/** A line for each prompt, in the order given. */
export function promptLines(cli: Cli, prompts: readonly Prompt[]): string[] {
  return prompts.map((prompt) => {
    const begin = `${formatDateTime(prompt.created_at)}  `;
    const facts = promptFacts(prompt);
    const text = `  ${facts}  ${visible(prompt.prompt_text)}`;
    const status = prompt.status.padEnd(9);
    return (
      cli.paint.dim(begin) +
      paintStatus(cli.paint, prompt.status)(status) +
      fit(text, room(cli, begin.length + status.length))
    );
  });
}

/** Kind, model, tokens and cost of a prompt, as far as they are known. */
export function promptFacts(
  prompt: Pick<Prompt, "prompt_type" | "prompt_name" | "model_used" | "tokens_input" | "tokens_output" | "cost_usd">,
): string {
  const { tokens_input: input, tokens_output: output } = prompt;
  const tokens = (count: number | null) => (count === null ? "?" : formatCount(count));
  return [
    prompt.prompt_type,
    prompt.prompt_name === null ? null : visible(prompt.prompt_name),
    prompt.model_used === null ? null : visible(prompt.model_used),
    input === null && output === null ? null : `${tokens(input)} in, ${tokens(output)} out`,
    prompt.cost_usd === null ? null : formatUsd(prompt.cost_usd),
  ]
    .filter((fact) => fact !== null)
    .join("  ");
}

function room(cli: Cli, used: number): number {
  return Math.max(20, cli.terminal.stdout.columns() - used);
}
