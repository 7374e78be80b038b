import type { Change } from "#src/client/client.ts";
import type { BudgetLevel } from "#src/domain/budget.ts";
import type { Entity } from "#src/domain/change.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Cli } from "./cli.ts";
import { formatDateTime, formatTime, formatUsd } from "./format.ts";
import { promptFacts } from "./history.ts";
import { paintLevel, paintStatus } from "./paint.ts";
import { fit } from "./table.ts";
import { visible } from "#src/domain/visible.ts";

/** Of the kinds that come often; the changes of definitions, which are longer, are few. */
const TYPE_WIDTH = "agent_log.created".length;
const MOST_NAME = 24;

/** A change on one line, however long: when, what, who, and what is worth knowing of the row. */
export function changeLine(cli: Cli, change: Change, who: string): string {
  const { paint } = cli;
  const isToday = formatDateTime(change.at).slice(0, 10) === formatDateTime(toTimestamp(cli.now())).slice(0, 10);
  const time = isToday ? formatTime(change.at) : formatDateTime(change.at);
  const type = change.type.padEnd(TYPE_WIDTH);
  const name = fit(visible(who), MOST_NAME);
  const [head, rest] = about(change);
  const parts = [paint.dim(time), paint.dim(type), paint.bold(name), paintHead(cli, change)(head), rest];
  return parts.filter((part) => part !== "").join(" ");
}

type Row<Kind extends Entity> = NonNullable<
  Extract<Change, { type: `${Kind}.${string}` | `${Kind}_${BudgetLevel}` }>["data"]
>;
/** The first word, which has a colour of its own, and the rest. */
type Words = readonly [head: string, rest: string];

const ABOUT: { readonly [Kind in Entity]: (row: Row<Kind>) => Words } = {
  orchestrator_agent: (row) => ["", joined(visible(row.agent_type), row.is_active ? null : "not active")],
  agent: (row) => [
    visible(row.status),
    joined(
      visible(row.session_id),
      row.cost_usd > 0 ? formatUsd(row.cost_usd) : null,
      visible(row.error_message ?? ""),
    ),
  ],
  prompt: (row) => [visible(row.status), joined(promptFacts(row), visible(row.error_message ?? ""))],
  agent_log: (row) => [visible(row.log_level), `${visible(row.log_type)}  ${visible(row.message)}`],
  system_log: (row) => [visible(row.log_level), visible(row.message)],
  workflow: (row) => [
    visible(row.status),
    joined(visible(row.workflow_type), visible(row.current_step ?? ""), steps(row)),
  ],
  budget: (row) => [
    `${Math.floor(row.share * 100)} %`,
    joined(`${formatUsd(row.cost_usd)} of ${formatUsd(row.max_cost_usd)}`, `${row.scope} ${visible(row.id)}`),
  ],
};

function about({ type, data }: Change): Words {
  if (data === null) return ["", "(removed since)"];
  const kind = isBudget(type) ? "budget" : type.slice(0, type.indexOf("."));
  return ABOUT[kind as Entity](data as never);
}

function isBudget(type: Change["type"]): type is `budget_${BudgetLevel}` {
  return type.startsWith("budget_");
}

function steps({ completed_steps: done, total_steps: total }: Row<"workflow">): string | null {
  return total ? `${done ?? 0} of ${total} steps` : null;
}

function paintHead({ paint }: Cli, { type, data }: Change): (text: string) => string {
  if (data === null) return (text) => text;
  if ("log_level" in data) return paintLevel(paint, data.log_level);
  if (isBudget(type)) return paintLevel(paint, type === "budget_exceeded" ? "ERROR" : "WARNING");
  if (type.endsWith(".deleted")) return paint.dim;
  return "status" in data ? paintStatus(paint, data.status) : (text) => text;
}

function joined(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join("  ");
}
