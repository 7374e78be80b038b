import { join } from "node:path";

/** The command line that runs this very program with these arguments, from source or as an executable. */
export function ownProgram(...args: readonly string[]): string[] {
  return [process.execPath, ...(Bun.isStandaloneExecutable ? [] : [join(import.meta.dir, "../main.ts")]), ...args];
}
