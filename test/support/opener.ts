/**
 * Runs in a process of its own: opens the database at the first argument and says `open`, then closes it. With a second
 * argument n it kills itself at the n-th step that the store logs while opening.
 */
import { openDatabase } from "#src/database/open.ts";

const [path = "", killAt = "0"] = process.argv.slice(2);
let steps = 0;
const silent = () => {};
const db = await openDatabase({
  path,
  clock: Date.now,
  log: {
    info: silent,
    warn: silent,
    error: silent,
    debug() {
      steps += 1;
      if (steps === Number(killAt)) process.kill(process.pid, "SIGKILL");
    },
  },
});
await db[Symbol.asyncDispose]();
console.log(JSON.stringify({ steps }));
