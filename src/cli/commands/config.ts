import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ConfigError, readConfig } from "#src/platform/config.ts";
import { type Cli, examples, print, printJson } from "#src/cli/cli.ts";
import { DEFAULT_FILE, readProjectConfig, readServerConfig } from "#src/cli/project-config.ts";
import { visible } from "#src/domain/visible.ts";

type Options = { readonly envFile?: string; readonly config?: string; readonly json?: true };

/** `config check`: what the variables and `config.yml` amount to. */
export function addConfig(program: Command, cli: Cli): void {
  const config = program
    .command("config")
    .description("configuration")
    .addHelpText("after", examples("orchestrator config check"));
  config
    .command("check")
    .description("check the variables and config.yml, and print what they amount to")
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--config <file>", `a project's configuration; default ${DEFAULT_FILE}, where there is one`)
    .option("--json", "print as JSON")
    .addHelpText("after", examples("orchestrator config check", "orchestrator config check --env-file .env --json"))
    .action((options: Options) => check(cli, options));
}

function check(cli: Cli, options: Options): void {
  const environment = cli.environment(options.envFile);
  const config = readConfig(environment);
  const file = options.config ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : null);
  const project = file === null ? null : readProjectConfig(file);
  const result = {
    database_path: config.databasePath,
    host: config.host,
    port: config.port,
    cors_origins: config.corsOrigins,
    log_level: config.logLevel,
    retention_days: config.retentionDays,
    run_retention_days: config.runRetentionDays,
    changes_keep: config.changesKeep,
    max_database_mb: config.maxDatabaseMb,
    allowed_hosts: config.allowedHosts,
    // Never the token itself.
    api_token: config.apiToken === null ? "none" : "given",
    rate_limit: config.rateLimit,
    redact: config.redact,
    redact_patterns: config.redactPatterns.map(({ kind, source }) => `${kind}:${source}`),
    backup_dir: config.backupDir,
    backup_every_hours: config.backupEveryHours,
    backup_keep: config.backupKeep,
    quiet_after_ms: config.quietAfterMs,
    lost_after_ms: config.lostAfterMs,
    server_url: serverUrl(environment),
    ...(file === null ? {} : { config_file: file, token_optimization: project?.agentic?.token_optimization ?? {} }),
  };
  if (options.json === true) return printJson(cli, result);
  const width = Math.max(...Object.keys(result).map((name) => name.length));
  print(
    cli,
    Object.entries(result).map(([name, value]) => {
      const text = value === null ? "-" : typeof value === "object" ? JSON.stringify(value) : String(value);
      return `${cli.paint.dim(name.padEnd(width))}  ${visible(text)}`;
    }),
  );
}

function serverUrl(environment: ReturnType<Cli["environment"]>): string | null {
  try {
    return readServerConfig(environment, undefined).url;
  } catch (error) {
    // A server on a free port is no fault; a wrong ORCHESTRATOR_URL is.
    if (error instanceof ConfigError && !environment["ORCHESTRATOR_URL"]) return null;
    throw error;
  }
}
