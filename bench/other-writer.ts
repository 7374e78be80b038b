/** Another program on the same file: writes system logs at uneven intervals, each with the time at which it was made. */
import { Database } from "bun:sqlite";

const [path = "", writes = "0"] = process.argv.slice(2);
const db = new Database(path, { readwrite: true });
db.run("pragma busy_timeout = 10000");
const insert = db.prepare("insert into system_logs (component, message) values ('bench', ?)");

for (let written = 0; written < Number(writes); written += 1) {
  // Uneven, so that the writes do not march in step with the server's poll.
  await Bun.sleep(5 + Math.random() * 60);
  insert.run(`bench:${performance.timeOrigin + performance.now()}`);
}
db.close();
