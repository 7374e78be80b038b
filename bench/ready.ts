import { Database } from "bun:sqlite";
import { existsSync, writeFileSync } from "node:fs";
import { fixture } from "./fixture/fixture.ts";
import { MARKS } from "./fixture/words.ts";
import { OURS, type ServerProcess, startServer } from "./servers.ts";

const LISTS = ["/api/runtime/logs", "/api/runtime/prompts", "/api/system/logs"];
const DEADLINE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 500;

/** Nothing is removed, so that a fixture stays what it is. */
export const KEEP_ALL = {
  RETENTION_DAYS: "0",
  RUN_RETENTION_DAYS: "0",
  CHANGES_KEEP: "1000000000",
  MAX_DATABASE_MB: "0",
};

/**
 * The path of a database of this many agent logs, of which a server has said that all its text is found: the first time
 * it is waited for, should the server have something to add to what the generator wrote.
 */
export async function readyFixture(logs: number): Promise<string> {
  const path = fixture(logs);
  const note = `${path}.ready`;
  if (existsSync(note)) return path;
  const started = performance.now();
  await using server = await startServer(OURS, path, KEEP_ALL);
  await indexed(server);
  console.error(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  writeFileSync(note, "");
  return path;
}

function isLeft(path: string): boolean {
  const db = new Database(path, { readonly: true });
  try {
    return db.query("select 1 from orchestrator_meta where key like 'text_left:%'").get() !== null;
  } finally {
    db.close(true);
  }
}

/** Nothing of before is left to read, and the first and the last row of each list are found. */
async function indexed({ url, databasePath }: ServerProcess): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  const wait = async (isDone: () => boolean | Promise<boolean>) => {
    while (!(await isDone())) {
      if (performance.now() > deadline) throw new Error(`the text index is not filled after ${DEADLINE_MS / 1000} s`);
      await Bun.sleep(LOOK_EVERY_MS);
    }
  };
  await wait(() => !isLeft(databasePath));
  for (const path of LISTS) {
    for (const word of [MARKS.first, MARKS.last]) await wait(() => finds(`${url}${path}?q=${word}`));
  }
}

async function finds(url: string): Promise<boolean> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as unknown[]).length > 0;
}
