import { type Environment, readConfig } from "#src/platform/config.ts";
import type { Cli } from "./cli.ts";
import { given } from "./options.ts";
import { readProjectServer } from "./project-config.ts";

/** Options of a command that works on the file itself. */
export type FileOptions = { readonly envFile?: string; readonly database?: string };

/** The file that a server here would use: the one given, that of the variables, or the project's in a project's folder. */
export function databaseFile(cli: Cli, { envFile, database }: FileOptions): string {
  const environment: Environment = { ...cli.environment(envFile), ...given({ DATABASE_PATH: database }) };
  const config = readConfig(environment);
  const project = environment["DATABASE_PATH"] ? null : readProjectServer(environment);
  return project?.databasePath ?? config.databasePath;
}
