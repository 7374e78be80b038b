import type { Environment } from "#src/platform/config.ts";
import { usageError } from "#src/cli/exit.ts";

/** The home of the person who runs this. Throws when the variables do not say it. */
export function homeOf(environment: Environment): string {
  const home = environment["HOME"] || environment["USERPROFILE"];
  if (!home) throw usageError("HOME is not set: there is no place for settings of a user; --project writes here");
  return home;
}
