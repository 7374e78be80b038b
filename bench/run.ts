/** Side-by-side measurements: `bun run bench` runs all scenarios, `bun run bench <scenario>…` some. Nothing here asserts. */
import { create } from "./create.ts";
import { framesOther, framesOwn } from "./frames.ts";
import { list100, readOne } from "./reads.ts";
import { publish, type Report } from "./report.ts";
import { idle, memory, replay, start } from "./resources.ts";

const SCENARIOS: Readonly<Record<string, () => Promise<Report>>> = {
  "read-one": readOne,
  "list-100": list100,
  create,
  "frames-own": framesOwn,
  "frames-other": framesOther,
  idle,
  replay,
  memory,
  start,
};

const names = Object.keys(SCENARIOS);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`unknown scenario ${unknown.join(", ")}; there are: ${names.join(", ")}`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : names) await publish(name, names, await SCENARIOS[name]!());
