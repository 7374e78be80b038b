import { type Command, Option } from "commander";
import type { CostKey, CostRow } from "#src/domain/costs.ts";
import { COST_KEYS } from "#src/domain/vocabulary.ts";
import { type Cli, connect, examples, note, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { formatCount, formatUsd } from "#src/cli/format.ts";
import { given, timeOrAge, wholeNumber } from "#src/cli/options.ts";
import { type Column, tableLines } from "#src/cli/table.ts";
import { visible } from "#src/domain/visible.ts";

type Options = ServerOptions & {
  readonly by: CostKey;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
};

const ROWS = 20;
/** What the API tells at the most. */
const MOST_ROWS = 1000;
/** Wider it would wrap where it is pasted. */
const WIDEST = 120;

/** `costs`: what costs most. */
export function addCosts(program: Command, cli: Cli): void {
  withServer(program.command("costs").description("what days, sessions, agents, definitions or models cost"))
    .addOption(new Option("--by <what>", "whose costs").choices(COST_KEYS).default("day"))
    .option(
      "--since <time>",
      "from this time on (RFC 3339, a date, or an age such as 7d): agents by their start, sessions by their last activity",
      timeOrAge(cli.now),
    )
    .option("--until <time>", "before this time", timeOrAge(cli.now))
    .addOption(
      new Option("-n, --limit <rows>", `rows at the most, up to ${formatCount(MOST_ROWS)}`)
        .argParser(wholeNumber(1))
        .default(ROWS),
    )
    .addHelpText(
      "after",
      "\nBy definition, model and day whole days of UTC count, as in `stats`; days are told the newest first.",
    )
    .addHelpText(
      "after",
      "Costs that were computed from list prices are estimates. `?` is a cost that nobody knows, `≥` one that is known in part.",
    )
    .addHelpText(
      "after",
      examples(
        "orchestrator costs --by session --since 7d",
        "orchestrator costs --by agent -n 5",
        "orchestrator costs --json | jq '.[0]'",
      ),
    )
    .action((options: Options) => costs(cli, options));
}

async function costs(cli: Cli, options: Options): Promise<void> {
  const { by, since, until } = options;
  const limit = Math.min(options.limit, MOST_ROWS);
  const rows = await connect(cli, options).listCosts(given({ by, since, until, limit }));
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, "nothing then");
  const width = Math.min(WIDEST, cli.terminal.stdout.columns());
  print(cli, tableLines(columns(by), rows, width));
}

function columns(by: CostKey): readonly Column<CostRow>[] {
  // A number that is cut would be another number, and an id that is cut leads nowhere.
  const number = (title: string, text: (row: CostRow) => string): Column<CostRow> => ({
    title,
    text,
    align: "right",
    whole: true,
  });
  const hasNames = by === "agent" || by === "definition" || by === "session";
  return [
    { title: by.toUpperCase(), text: ({ key }) => (key === null ? "(none)" : visible(key)), whole: true },
    ...(hasNames ? [{ title: "NAME", text: ({ name }: CostRow) => visible(name ?? "") }] : []),
    ...(by === "agent" ? [] : [number("AGENTS", ({ agents }) => formatCount(agents))]),
    number("PROMPTS", ({ prompts }) => formatCount(prompts)),
    number("TOKENS IN", (row) => formatCount(row.tokens_input)),
    number("TOKENS OUT", (row) => formatCount(row.tokens_output)),
    number("COST", costText),
  ];
}

function costText({ cost_usd: cost, unknown_prompts: unknown }: CostRow): string {
  if (cost === null) return "?";
  return unknown > 0 ? `≥ ${formatUsd(cost)}` : formatUsd(cost);
}
