import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Environment } from "./config.ts";

/** Where programs of one user keep what must outlive them (`XDG_STATE_HOME`). */
export function stateFolder({ XDG_STATE_HOME: given, HOME: home }: Environment): string {
  const base = given !== undefined && isAbsolute(given) ? given : join(home || homedir(), ".local/state");
  return join(base, "orchestrator");
}
