import { readFileSync, writeFileSync } from "node:fs";
import { openDatabase } from "#src/database/open.ts";
import { testFolder } from "./folder.ts";
import { memoryLog } from "./log.ts";

type Template = { readonly bytes: Buffer; /** Where the id of its feed stands. */ readonly feedAt: number };

let template: Promise<Template> | undefined;

/** Writes what a new database is after its migrations, which are run once for each process: they are most of an opening. */
export async function writeNewDatabase(path: string): Promise<void> {
  const { bytes, feedAt } = await (template ??= makeTemplate());
  // A history of its own, as a new file has it.
  bytes.write(Bun.randomUUIDv7().replaceAll("-", ""), feedAt);
  writeFileSync(path, bytes, { mode: 0o600 });
}

async function makeTemplate(): Promise<Template> {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  const db = await openDatabase({ path, clock: Date.now, log: memoryLog() });
  const { feed } = await db.changes.state();
  await db[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  return { bytes, feedAt: bytes.indexOf(feed) };
}
