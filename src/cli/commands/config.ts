import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import type { ZodError, ZodType } from "zod";
import { ProjectConfig } from "#src/domain/project-config.ts";
import { ConfigError, readClientConfig, readConfig } from "#src/platform/config.ts";
import { type Cli, examples, print, printJson } from "#src/cli/cli.ts";
import { EXIT, CommandError, usageError } from "#src/cli/exit.ts";
import { visible } from "#src/cli/visible.ts";

type Options = { readonly envFile?: string; readonly config?: string; readonly json?: true };

export const DEFAULT_FILE = "config.yml";

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
  const { databasePath, host, port, corsOrigins, logLevel } = readConfig(environment);
  const file = options.config ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : null);
  const project = file === null ? null : readProjectConfig(file);
  const result = {
    database_path: databasePath,
    host,
    port,
    cors_origins: corsOrigins,
    log_level: logLevel,
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
    return readClientConfig(environment).url;
  } catch (error) {
    // A server on a free port is no fault; a wrong ORCHESTRATOR_URL is.
    if (error instanceof ConfigError && !environment["ORCHESTRATOR_URL"]) return null;
    throw error;
  }
}

/** Reads a project's `config.yml`; says in one line what is wrong with it. */
export function readProjectConfig(file: string): ProjectConfig {
  return readConfigFile(file, ProjectConfig);
}

/** Reads of a project's `config.yml` what the schema says. */
export function readConfigFile<Config>(file: string, schema: ZodType<Config>): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing) throw new CommandError(`there is no file ${file}`, EXIT.notFound);
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const result = schema.safeParse(parseYaml(file, text) ?? {});
  if (result.success) return result.data;
  throw usageError(`${file} is not valid: ${faultsOf(result.error)}`);
}

function parseYaml(file: string, text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (error) {
    throw usageError(`${file} is no YAML: ${(error as Error).message}`);
  }
}

function faultsOf(error: ZodError): string {
  return error.issues.map(({ path, message }) => `${path.map(String).join(".") || "it"}: ${message}`).join("; ");
}
