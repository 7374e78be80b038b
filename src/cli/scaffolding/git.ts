import type { Cli } from "#src/cli/cli.ts";

/** Which of the files, that need not be there yet, git ignores; null where there is no repository or no git. */
export function ignoredByGit(cli: Cli, target: string, paths: readonly string[]): string[] | null {
  const git = gitIn(cli, target, ["check-ignore", "--stdin", "-z"], paths.join("\0"));
  // 1 says that none is.
  return git === null || git.exitCode > 1 ? null : git.stdout.split("\0").filter((path) => path !== "");
}

export type GitRun = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs git in a folder, and for that folder whatever the variables say; null where there is no git. */
export function gitIn(cli: Cli, folder: string, args: readonly string[], input = ""): GitRun | null {
  const env = Object.fromEntries(Object.entries(cli.environment()).filter(([name]) => !name.startsWith("GIT_")));
  const git = Bun.which("git", { PATH: env["PATH"] ?? "" });
  if (git === null) return null;
  const { exitCode, stdout, stderr } = Bun.spawnSync([git, "-C", folder, ...args], { env, stdin: Buffer.from(input) });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString().trim() };
}
