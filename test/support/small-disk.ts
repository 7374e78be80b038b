import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type TestFolder, testFolder } from "./folder.ts";

/** A disk of its own, of so many bytes. */
export type SmallDisk = TestFolder & {
  free(): number;
  /** Takes all that is left, but for so many bytes. */
  fill(leave?: number): void;
  /** Gives back what `fill` took. */
  empty(): void;
  /** From now on it can only be read. */
  makeReadOnly(): void;
};

/** Why a machine does not let us mount a disk: only root may, and in some containers not even root. */
const NOT_HERE = /permission denied|superuser|must be root|not permitted|not found|ENOENT|unknown filesystem/i;

/** Mounts a disk in memory; null where this machine does not let us. Any other reason is a fault. */
export function smallDisk(bytes: number): SmallDisk | null {
  const folder = testFolder();
  const path = folder.file("disk");
  mkdirSync(path);
  const mounted = run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path);
  if (mounted !== null) {
    folder[Symbol.dispose]();
    if (!NOT_HERE.test(mounted)) throw new Error(mounted);
    process.stderr.write(`no small disk here, so what needs one is not tried: ${mounted}\n`);
    return null;
  }
  const ballast = join(path, "ballast");
  const free = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    file: (name) => join(path, name),
    free,
    fill(leave = 0) {
      const file = openSync(ballast, "a");
      while (free() > leave) writeSync(file, Buffer.alloc(Math.min(free() - leave, 1024 * 1024)));
      closeSync(file);
    },
    empty: () => rmSync(ballast),
    makeReadOnly() {
      const failed = run("mount", "-o", "remount,ro", path);
      if (failed !== null) throw new Error(failed);
    },
    [Symbol.dispose]() {
      run("umount", "-l", path);
      folder[Symbol.dispose]();
    },
  };
}

/** Null when it did what it was told. */
function run(...command: string[]): string | null {
  try {
    const { exitCode, stderr } = Bun.spawnSync(command, { stderr: "pipe" });
    return exitCode === 0 ? null : `${command[0]} ended with ${exitCode}: ${stderr.toString().trim()}`;
  } catch (error) {
    return (error as Error).message;
  }
}
