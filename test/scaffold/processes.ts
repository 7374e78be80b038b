import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Ids of the processes, this one's children or not, that were told this path. */
export function processesOn(path: string): number[] {
  return commandLines()
    .filter(({ line }) => line.includes(path))
    .map(({ pid }) => pid);
}

function commandLines(): { readonly pid: number; readonly line: string }[] {
  if (!existsSync("/proc/self/cmdline")) return fromPs();
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => {
    try {
      return { pid: Number(pid), line: readFileSync(`/proc/${pid}/cmdline`, "utf8") };
    } catch {
      // It ended since the folder was read.
      return { pid: Number(pid), line: "" };
    }
  });
}

function fromPs(): { readonly pid: number; readonly line: string }[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,args="]);
  const lines = stdout.toString().split("\n");
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), line }));
}
