import { runOwnProgram } from "#src/platform/own-program.ts";

/**
 * Runs a hidden command of this program in a process of its own, for work that would hold the server's thread; resolves
 * with what it printed, or with null when it was told to stop. Rejects with its complaint when it fails.
 */
export async function runHidden(args: readonly string[], signal: AbortSignal): Promise<string | null> {
  const lines: string[] = [];
  const end = await runOwnProgram(args, { signal, onLine: (line) => void lines.push(line) });
  if (end === null || signal.aborted) return null;
  if (end.how !== 0) throw new Error(`\`${args[0]}\` ended with ${end.how}: ${end.complaint}`);
  return lines.join("\n");
}
