import type { Command } from "commander";
import { listAll } from "#src/client/client.ts";
import { LOG_TYPES } from "#src/domain/agent-log.ts";
import { LOG_LEVELS, type LogLevel } from "#src/domain/log-level.ts";
import { type Cli, connect, examples, note, print, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";
import { usageError } from "#src/cli/exit.ts";
import { logLines } from "#src/cli/history.ts";
import { given, limitOption, listOf, texts, timeOrAge } from "#src/cli/options.ts";

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
  const levels = listOf(LOG_LEVELS);
  withServer(program.command("logs").description("logs of agents, or of the system; the newest at the end"))
    .option("--agent <ids>", "only of these agents", texts)
    .option("--session <ids>", "only of these sessions", texts)
    .option("--level <list>", "only of these levels, in any case", (text: string, before?: LogLevel[]) =>
      levels(text.toUpperCase(), before),
    )
    .option("--type <list>", "only of these types", listOf(LOG_TYPES))
    .option("--system", "logs of the system itself")
    .option("--component <list>", "only of these components of the system", texts)
    .option("--since <time>", "not before: RFC 3339, a date, or an age such as 15m", timeOrAge(cli.now))
    .option("--until <time>", "before", timeOrAge(cli.now))
    .option("--search <text>", "only those that hold this text")
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
  const { rows } = isSystem
    ? await listAll(client.listSystemLogs, given({ level, since, until, q, component }), options.limit)
    : await listAll(
        client.listAgentLogs,
        given({ level, since, until, q, agent_id: agent, session_id: session, log_type: type }),
        options.limit,
      );
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, "no logs");
  print(cli, logLines(cli, rows.toReversed()));
}
