import { effort } from "./effort.ts";
import type { Report } from "./report.ts";
import { BASELINE, executable, folder, OURS, startServer } from "./servers.ts";
import { median, shown } from "./statistics.ts";
import { atMost } from "./wanted.ts";

const STARTS = effort(9, 3);

/** From the spawn to the first 200 of `/health`, on a file that is made and on one that exists. */
export async function start(): Promise<Report> {
  using files = folder();
  const built = executable();
  const sides = [
    { name: "dist/orchestrator", command: built },
    { name: "bun src/main.ts", command: OURS },
    { name: "bare", command: BASELINE },
  ].flatMap(({ name, command }) => (command === null ? [] : [{ name, command, made: [0], again: [0] }]));
  for (let round = 0; round <= STARTS; round += 1) {
    for (const [index, side] of sides.entries()) {
      const path = files.file(`${index}-${round}.db`);
      for (const times of [side.made, side.again]) {
        await using server = await startServer(side.command, path);
        // The first round warms up.
        if (round <= 1) times.length = 0;
        times.push(server.startMs);
      }
    }
  }
  return {
    about: `From the spawn to the first 200 of \`/health\`: medians of ${STARTS} starts.${built === null ? " The executable was not built." : ""}`,
    rows: [
      ["", "empty database, ms", "most", "database that exists, ms", "most"],
      ...sides.map(({ name, made, again }) => [
        name,
        ...[made, again].flatMap((times) => [shown(median(times)), shown(Math.max(...times))]),
      ]),
    ],
    wanted: [
      atMost("executable on an empty database", 100, built === null ? Number.NaN : median(sides[0]!.made), " ms"),
    ],
  };
}
