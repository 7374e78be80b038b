import { bodyRequest, postRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { comparison, header, inTurn } from "./rounds.ts";
import { agentId, seedAgents } from "./rows.ts";
import { BARE_ON_OURS, folder, OURS, startServer } from "./servers.ts";
import { makeUntriggered } from "./untriggered.ts";

const CONNECTIONS = 32;
const PATH = "/api/runtime/prompts";
const LOCATION = /\r\nlocation: (\S+)/i;
const TEXT = "Plan the feature of this issue: which files change, which tests prove it, what may break. ".repeat(4);
const ANSWER = JSON.stringify({
  status: "completed",
  response_text: "The plan has five steps; each names its files and its test. ".repeat(12),
  tokens_input: 1200,
  tokens_output: 480,
  cost_usd: 0.0125,
  latency_ms: 2300,
});

/** Each connection creates a prompt, then completes the one it created. */
function conversation(): (answer: Buffer | null) => string {
  let next = 0;
  return (answer) => {
    const created = answer === null ? null : LOCATION.exec(answer.toString("latin1", 0, 2000));
    if (created) return bodyRequest("PATCH", created[1]!, ANSWER);
    next += 1;
    const body = { agent_id: agentId(next % 1000), prompt_type: "command", prompt_name: "/plan", prompt_text: TEXT };
    return postRequest(PATH, JSON.stringify({ ...body, model_used: "claude-sonnet-3.5" }));
  };
}

export async function prompts(): Promise<Report> {
  using files = folder();
  for (const name of ["each.db", "group.db"]) await makeUntriggered(files.file(name));
  await using ours = await startServer(OURS, files.file("ours.db"));
  await using each = await startServer(BARE_ON_OURS, files.file("each.db"), { COMMIT: "each" });
  await using group = await startServer(BARE_ON_OURS, files.file("group.db"), { COMMIT: "group" });
  seedAgents(ours.databasePath);
  const sides = [
    { name: "ours", server: ours },
    { name: "bare, a commit each", server: each },
    { name: "bare, group commit", server: group },
  ];
  const results = await inTurn(sides, { connections: CONNECTIONS, request: conversation() });
  return {
    about: `POST a prompt, then PATCH its answer, tokens and cost (booked to its agent in the same transaction): two durable commits, both requests counted, ${CONNECTIONS} connections. The bare servers write into files of our migrations, their triggers dropped.`,
    rows: [header(), ...comparison("", sides, results)],
  };
}
