import { ownProgram } from "#src/platform/own-program.ts";

/**
 * Runs a hidden command of this program in a process of its own, for work that would hold the server's thread; resolves
 * with what it printed, or with null when it was told to stop. Rejects with its complaint when it fails.
 */
export async function runHidden(args: readonly string[], signal: AbortSignal): Promise<string | null> {
  if (signal.aborted) return null;
  const child = Bun.spawn(ownProgram(...args), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    signal,
  });
  const [printed, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (signal.aborted) return null;
  if (code !== 0) throw new Error(`\`${args[0]}\` ended with ${code}: ${complaint.trim()}`);
  return printed;
}
