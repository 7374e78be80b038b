import { Database } from "bun:sqlite";
import { seedAgents } from "./rows.ts";
import { OURS, startServer } from "./servers.ts";

/** Makes a file by our own migrations, with 1,000 agents in it and without its triggers: for a bare server. */
export async function makeUntriggered(path: string): Promise<void> {
  await (await startServer(OURS, path))[Symbol.asyncDispose]();
  seedAgents(path);
  dropTriggers(path);
}

function dropTriggers(path: string): void {
  const db = new Database(path, { readwrite: true });
  db.run("pragma busy_timeout = 10000");
  const triggers = db.query<{ name: string }, []>("select name from sqlite_master where type = 'trigger'").all();
  for (const { name } of triggers) db.run(`drop trigger "${name}"`);
  db.close();
}
