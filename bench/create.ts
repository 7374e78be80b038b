import { postRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { comparison, HEADER, inTurn } from "./rounds.ts";
import { BASELINE, folder, OURS, startServer } from "./servers.ts";

const ROUNDS = 5;

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
  const rows = [HEADER];
  for (const connections of [1, 32, 256]) {
    const results = await inTurn(sides, { connections, request }, ROUNDS);
    rows.push(...comparison(`${connections} connections: `, sides, results));
  }
  return {
    about:
      "POST a definition, answered after a durable commit (WAL, `synchronous=FULL`). Wanted: at 32 connections at least 3 times the bare server that commits each request by itself.",
    rows,
  };
}
