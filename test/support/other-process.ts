/** Runs in a process of its own: reads `{sql, params?}` lines on stdin, runs each on the database, answers a line each. */
import { Database } from "bun:sqlite";

const [path = "", foreignKeys = "off"] = process.argv.slice(2);
const db = new Database(path, { readwrite: true });
db.run("pragma busy_timeout = 10000");
db.run(`pragma foreign_keys = ${foreignKeys}`);

function answer(line: string): object {
  const { sql, params = [] } = JSON.parse(line) as { sql: string; params?: string[] };
  try {
    if (params.length === 0 && !/^\s*(select|pragma)/i.test(sql)) return { changes: db.run(sql).changes };
    const statement = db.prepare(sql);
    const rows = statement.all(...params);
    statement.finalize();
    return { rows };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

for await (const line of console) {
  if (line !== "") process.stdout.write(`${JSON.stringify(answer(line))}\n`);
}
db.close();
