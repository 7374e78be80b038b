import { existsSync, readFileSync } from "node:fs";
import type { ZodError, ZodType } from "zod";
import { ProjectConfig } from "#src/domain/project-config.ts";
import { type ClientConfig, readClientConfig } from "#src/platform/client-config.ts";
import type { Environment } from "#src/platform/config.ts";
import { CommandError, EXIT, usageError } from "./exit.ts";

/** The configuration of the project in whose folder a command runs. */
export const DEFAULT_FILE = "config.yml";

/** What says where a server listens, before a project's configuration does. */
const ADDRESS_VARIABLES = ["ORCHESTRATOR_URL", "PORT", "WEBSOCKET_PORT", "HOST"];

/** Where the server is: the address given, what the variables say, or the port of the project in this folder. */
export function readServerConfig(environment: Environment, url: string | undefined): ClientConfig {
  const project = url === undefined ? readProjectServer(environment) : null;
  return readClientConfig(environment, project === null ? url : `http://127.0.0.1:${project.port}`);
}

/** The server of the project in whose folder a command runs: its port, and its database where that is told. */
export type ProjectServer = { readonly port: number; readonly databasePath: string | undefined };

/** What `config.yml` here says of a server; null where there is none, or where variables say another. */
export function readProjectServer(environment: Environment): ProjectServer | null {
  if (ADDRESS_VARIABLES.some((name) => environment[name]) || !existsSync(DEFAULT_FILE)) return null;
  try {
    const { orchestrator } = readConfigFile(DEFAULT_FILE, ProjectConfig.pick({ orchestrator: true }));
    if (orchestrator?.port === undefined) return null;
    return { port: orchestrator.port, databasePath: orchestrator.database_path };
  } catch (error) {
    // Many tools have a file of that name.
    if (error instanceof CommandError) return null;
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
