import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own, removed when it is disposed of. */
export type TestFolder = Disposable & { readonly path: string; file(name: string): string };

export function testFolder(): TestFolder {
  return folderIn(tmpdir());
}

/** The same in memory, where the system has such a place: for thousands of small files, of which a disk makes a long work. */
export function scratchFolder(): TestFolder {
  return folderIn(existsSync(MEMORY) ? MEMORY : tmpdir());
}

const MEMORY = "/dev/shm";

function folderIn(root: string): TestFolder {
  const path = mkdtempSync(join(root, "orchestrator-test-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export type Fixture = "tac-0.8.0-orchestrator.db" | "tac-0.9.0-orchestrator.db";

export const FIXTURES: readonly Fixture[] = ["tac-0.8.0-orchestrator.db", "tac-0.9.0-orchestrator.db"];

/** Copies a database of the ancestor into the folder; returns its path. */
export function copyFixture(folder: TestFolder, fixture: Fixture): string {
  const path = folder.file("orchestrator.db");
  copyFileSync(join(import.meta.dir, "../fixtures", fixture), path);
  return path;
}
