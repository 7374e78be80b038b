import type { Command } from "commander";
import { listAll } from "#src/client/client.ts";
import { LOG_TYPES } from "#src/domain/vocabulary.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import { readAgentNames } from "#src/cli/agent-names.ts";
import {
  type Cli,
  connect,
  examples,
  note,
  noteMore,
  print,
  printJson,
  type ServerOptions,
  withServer,
} from "#src/cli/cli.ts";
import { usageError } from "#src/cli/exit.ts";
import { logLine } from "#src/cli/history.ts";
import { given, levelsOption, limitOption, listOption, texts, timeOrAge } from "#src/cli/options.ts";

type Options = ServerOptions & {
  readonly agent?: string[];
  readonly session?: string[];
  readonly level?: LogLevel[];
  readonly type?: (typeof LOG_TYPES)[number][];
  readonly system?: true;
  readonly component?: string[];
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
  readonly limit: number;
};

/** `logs`: what agents, or the system itself, logged. */
export function addLogs(program: Command, cli: Cli): void {
  withServer(program.command("logs").description("logs of agents, or of the system; the newest at the end"))
    .option("--agent <ids>", "only of these agents", texts)
    .option("--session <ids>", "only of these sessions", texts)
    .addOption(levelsOption("--level <list>", "only of these levels"))
    .addOption(listOption("--type <list>", "only of these types", LOG_TYPES))
    .option("--system", "logs of the system itself")
    .option("--component <list>", "only of these components of the system", texts)
    .option("--since <time>", "not before: RFC 3339, a date, or an age such as 15m", timeOrAge(cli.now))
    .option("--until <time>", "before", timeOrAge(cli.now))
    .option("--search <words>", 'only those that hold all these words; "a phrase", -word leaves out')
    .addOption(limitOption(100))
    .addHelpText(
      "after",
      examples(
        "orchestrator logs --level error,critical --since 1h",
        "orchestrator logs --session issue-42 --limit 1000 --json",
        "orchestrator tail --types agent_log   (as they come)",
      ),
    )
    .action((options: Options) => logs(cli, options));
}

async function logs(cli: Cli, options: Options): Promise<void> {
  const { level, since, until, search: q, component, agent, session, type } = options;
  const isSystem = options.system === true || component !== undefined;
  if (isSystem && (agent ?? session ?? type) !== undefined) {
    throw usageError("logs of the system have no --agent, --session or --type");
  }
  const client = connect(cli, options);
  const page = isSystem
    ? await listAll(client.listSystemLogs, given({ level, since, until, q, component }), options.limit)
    : await listAll(
        client.listAgentLogs,
        given({ level, since, until, q, agent_id: agent, session_id: session, log_type: type }),
        options.limit,
      );
  const { rows } = page;
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, "no logs");
  const names = isSystem ? null : await readAgentNames(client);
  const lines: string[] = [];
  for (const log of rows.toReversed()) {
    lines.push(logLine(cli, log, names !== null && "agent_id" in log ? await names.of(log.agent_id) : undefined));
  }
  print(cli, lines);
  noteMore(cli, page);
}
