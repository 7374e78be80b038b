import { type Command, Option } from "commander";
import { dayOf, dayText, MOST_STATS_ROWS, type StatsKey, type StatsRow } from "#src/domain/stats.ts";
import { Instant } from "#src/domain/timestamp.ts";
import { roundUsd } from "#src/domain/values.ts";
import { type Cli, connect, examples, note, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { definitionNames } from "#src/cli/definitions.ts";
import { formatCount, formatUsd } from "#src/cli/format.ts";
import { given, timeOrAge, wholeNumber } from "#src/cli/options.ts";
import { type Column, tableLines } from "#src/cli/table.ts";
import { visible } from "#src/domain/visible.ts";

/** What may stand behind `--by`, and what the API calls it. */
const KEYS = {
  day: "day",
  model: "model",
  type: "agent_type",
  agent: "orchestrator_agent",
  agent_type: "agent_type",
  orchestrator_agent: "orchestrator_agent",
} as const satisfies Readonly<Record<string, StatsKey>>;

type Options = ServerOptions & {
  readonly by: keyof typeof KEYS;
  readonly daily?: true;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
};

const TITLES: Readonly<Record<StatsKey, string>> = {
  day: "DAY",
  model: "MODEL",
  agent_type: "TYPE",
  orchestrator_agent: "DEFINITION",
};

const DAYS = 30;
const ROWS = 100;
/** Wider it would wrap where it is pasted. */
const WIDEST = 120;
const NONE = "(none)";

/** A line of the table: a row of the API, or the sum of all under it. */
type Line = {
  readonly day: string;
  readonly key: string;
  readonly agents: number | null;
  readonly prompts: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number;
  readonly isTotal: boolean;
};

/** `stats`: agents, prompts, tokens and cost, added up. */
export function addStats(program: Command, cli: Cli): void {
  withServer(program.command("stats").description("agents, prompts, tokens and cost by day, model, type or definition"))
    .addOption(
      new Option("--by <what>", "what to add up by; `type` and `agent` are short for the last two")
        .choices(Object.keys(KEYS))
        .default("day"),
    )
    .option("--daily", "a row for each day by itself")
    .option(
      "--since <time>",
      `from this day on (RFC 3339, a date, or an age such as 12w); default the last ${DAYS} days`,
      timeOrAge(cli.now),
    )
    .option("--until <time>", "up to the day before this date, or to that of this time", timeOrAge(cli.now))
    .addOption(
      new Option("-n, --limit <rows>", "rows shown at the most; the total is of all")
        .argParser(wholeNumber(1))
        .default(ROWS),
    )
    .addHelpText(
      "after",
      "\nDays are whole days of UTC. An agent counts on the day it started; by model, on each day and for each model that it" +
        `\nhas a prompt of. The model ${NONE} is what agents cost beyond their prompts, and prompts without a model. What`,
    )
    .addHelpText("after", "retention has removed is counted on. --json prints all rows, whatever --limit says.")
    .addHelpText(
      "after",
      examples(
        "orchestrator stats",
        "orchestrator stats --by model --since 7d",
        "orchestrator stats --by agent --daily --since 2026-01-01 --until 2026-02-01",
        "orchestrator stats --by model --json | jq 'map(.cost_usd) | add'",
      ),
    )
    .action((options: Options) => stats(cli, options));
}

async function stats(cli: Cli, options: Options): Promise<void> {
  const client = connect(cli, options);
  const key = KEYS[options.by];
  const isDaily = options.daily === true && key !== "day";
  const since = options.since ?? defaultSince(cli, options.until);
  const rows = await client.getStats(
    given({ since, until: options.until, by: isDaily ? ([key, "day"] as const) : key }),
  );
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, options.since === undefined ? `nothing since ${since}` : "nothing then");
  const names = key === "orchestrator_agent" ? await definitionNames(client) : null;
  const lines = rows.slice(0, options.limit).map((row) => lineOf(row, names));
  const width = Math.min(WIDEST, cli.terminal.stdout.columns());
  print(cli, tableLines(columns(cli, key, isDaily), [...lines, total(rows, key, isDaily)], width));
  noteCut(cli, rows, options.limit);
}

/** The first of so many days, of which the last is today's, or the last before `until`. */
function defaultSince(cli: Cli, until: string | undefined): string {
  const last = until === undefined ? cli.now() : Instant.parse(until) - 1;
  return dayText(dayOf(last) - DAYS + 1)!;
}

function lineOf(row: StatsRow, names: ReadonlyMap<string, string> | null): Line {
  return {
    day: row.day ?? NONE,
    // Of a definition that is gone its id is what is left.
    key: row.key === null ? NONE : visible(names?.get(row.key) ?? row.key),
    agents: row.agents,
    prompts: row.prompts,
    tokensIn: row.tokens_input,
    tokensOut: row.tokens_output,
    usd: row.cost_usd,
    isTotal: false,
  };
}

function total(rows: readonly StatsRow[], key: StatsKey, isDaily: boolean): Line {
  const sum = (field: Exclude<keyof StatsRow, "key" | "day">) => rows.reduce((all, row) => all + row[field], 0);
  return {
    day: "total",
    key: isDaily ? "" : "total",
    // One that has used several models would count several times.
    agents: key === "model" ? null : sum("agents"),
    prompts: sum("prompts"),
    tokensIn: sum("tokens_input"),
    tokensOut: sum("tokens_output"),
    usd: roundUsd(sum("cost_usd")),
    isTotal: true,
  };
}

function columns({ paint }: Cli, key: StatsKey, isDaily: boolean): readonly Column<Line>[] {
  const bold = ({ isTotal }: Line, padded: string) => (isTotal ? paint.bold(padded) : padded);
  const word = (title: string, text: (line: Line) => string): Column<Line> => ({ title, text, paint: bold });
  // A number that is cut would be another number.
  const number = (title: string, text: (line: Line) => string): Column<Line> => ({
    ...word(title, text),
    align: "right",
    whole: true,
  });
  return [
    ...(isDaily ? [{ ...word("DAY", ({ day }) => day), whole: true as const }] : []),
    word(TITLES[key], (line) => line.key),
    number("AGENTS", ({ agents }) => (agents === null ? "-" : formatCount(agents))),
    number("PROMPTS", ({ prompts }) => formatCount(prompts)),
    number("TOKENS IN", ({ tokensIn }) => formatCount(tokensIn)),
    number("TOKENS OUT", ({ tokensOut }) => formatCount(tokensOut)),
    number("COST", ({ usd }) => formatUsd(usd)),
  ];
}

function noteCut(cli: Cli, rows: readonly StatsRow[], limit: number): void {
  if (rows.length > limit) {
    note(cli, `only ${formatCount(limit)} of ${formatCount(rows.length)} rows are shown; --limit shows more`);
  }
  if (rows.length >= MOST_STATS_ROWS) {
    note(
      cli,
      `the server tells no more than ${formatCount(MOST_STATS_ROWS)} rows, and the total is theirs; ask for less time`,
    );
  }
}
