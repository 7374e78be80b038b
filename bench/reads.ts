import { getRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { comparison, header, inTurn, ratio } from "./rounds.ts";
import { agentId, seedAgents } from "./rows.ts";
import { BASELINE, folder, OURS, startServer } from "./servers.ts";
import { atLeast } from "./wanted.ts";

const CONNECTIONS = 32;
const WANTED = 0.75;

export function readOne(): Promise<Report> {
  return compareReads(`/api/runtime/agents/${agentId(500)}`, "GET one runtime agent.");
}

export function list100(): Promise<Report> {
  return compareReads("/api/runtime/agents?limit=100", "GET the newest 100 of 1,000 runtime agents.");
}

async function compareReads(path: string, about: string): Promise<Report> {
  using files = folder();
  await using ours = await startServer(OURS, files.file("ours.db"));
  await using bare = await startServer(BASELINE, files.file("bare.db"));
  for (const { databasePath } of [ours, bare]) seedAgents(databasePath);
  const [ourBody, bareBody] = await Promise.all([ours, bare].map(async ({ url }) => (await fetch(url + path)).json()));
  if (!Bun.deepEquals(ourBody, bareBody)) throw new Error(`the two servers answer ${path} differently`);

  const sides = [
    { name: "ours", server: ours },
    { name: "bare", server: bare },
  ];
  const request = getRequest(path);
  const results = await inTurn(sides, { connections: CONNECTIONS, request: () => request });
  return {
    about: `${about} ${CONNECTIONS} connections.`,
    rows: [header(), ...comparison("", sides, results)],
    wanted: [atLeast("requests/s, ours ÷ bare", WANTED, ratio(results, 1))],
  };
}
