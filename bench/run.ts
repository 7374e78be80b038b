/**
 * Side-by-side measurements: `bun run bench` runs all scenarios, `bun run bench <scenario>…` some, `--list` names them,
 * `--quick` shows in short rounds that they run, `--sizes=10000,1000000` gives the large ones other databases. Nothing
 * here asserts.
 */
import { publish } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";

const FLAG = /^--(list|quick|sizes=[1-9]\d{4,7}(,[1-9]\d{4,7})*)$/;

const names = Object.keys(SCENARIOS);
const given = process.argv.slice(2);
const wanted = given.filter((word) => !word.startsWith("--"));
const unknown = [
  ...wanted.filter((name) => !names.includes(name)),
  ...given.filter((word) => word.startsWith("--") && !FLAG.test(word)),
];

function list(): string {
  return names.map((name) => `${name.padEnd(15)} ${SCENARIOS[name]!.about}`).join("\n");
}

if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(", ")}. There are --list, --quick, --sizes=10000,1000000 and the scenarios\n${list()}`,
  );
  process.exit(2);
}
if (given.includes("--list")) {
  console.log(list());
  process.exit(0);
}
for (const name of wanted.length > 0 ? wanted : names) await publish(name, names, await SCENARIOS[name]!.run());
