import { effort } from "./effort.ts";
import { postRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { comparison, header, inTurn, ratio } from "./rounds.ts";
import { BASELINE, folder, OURS, startServer } from "./servers.ts";
import { atLeast, type Verdict } from "./wanted.ts";

const ROUNDS = effort(5, 2);
const EACH = 1;
const GROUP = 2;

/** Which bare server each load is held against, by connections. */
const TARGETS = [
  { connections: 1, against: EACH, target: 0.8 },
  { connections: 32, against: GROUP, target: 0.75 },
  { connections: 256, against: GROUP, target: 0.8 },
];

/** Bodies that differ in the name only, which is unique. */
function uniqueDefinitions(): () => string {
  let last = 0;
  return () => {
    const name = `agent-${String((last += 1)).padStart(9, "0")}`;
    const body = `{"name":"${name}","description":"Plans feature implementation","agent_type":"skill","capabilities":"planning,analysis","default_model":"claude-sonnet-3.5"}`;
    return postRequest("/api/agents", body);
  };
}

export async function create(): Promise<Report> {
  using files = folder();
  await using ours = await startServer(OURS, files.file("ours.db"));
  await using each = await startServer(BASELINE, files.file("each.db"), { COMMIT: "each" });
  await using group = await startServer(BASELINE, files.file("group.db"), { COMMIT: "group" });
  const sides = [
    { name: "ours", server: ours },
    { name: "bare, a commit each", server: each },
    { name: "bare, group commit", server: group },
  ];
  const request = uniqueDefinitions();
  const rows = [header()];
  const wanted: Verdict[] = [];
  for (const { connections, against, target } of TARGETS) {
    const label = `${connections} connection${connections === 1 ? "" : "s"}: `;
    const results = await inTurn(sides, { connections, request }, ROUNDS);
    rows.push(...comparison(label, sides, results));
    wanted.push(atLeast(`${label}ours ÷ ${sides[against]!.name}`, target, ratio(results, against)));
  }
  return { about: "POST a definition, answered after a durable commit (WAL, `synchronous=FULL`).", rows, wanted };
}
