import { postRequest } from "./load.ts";
import type { Report } from "./report.ts";
import { comparison, header, inTurn, ratio } from "./rounds.ts";
import { agentId, seedAgents } from "./rows.ts";
import { BARE_ON_OURS, folder, OURS, startServer } from "./servers.ts";
import { makeUntriggered } from "./untriggered.ts";
import { atLeast } from "./wanted.ts";

const BATCH = 500;
const CONNECTIONS = 4;
const TYPES = ["milestone", "tool_call", "performance", "error"];
const LEVELS = ["INFO", "INFO", "DEBUG", "WARNING"];

/** 500 logs of 50 agents, about 100 characters each, every fourth with details. */
function batches(): () => string {
  let next = 0;
  return () => {
    const logs = Array.from({ length: BATCH }, (_, index) => {
      next += 1;
      return {
        agent_id: agentId((next >> 4) % 1000),
        log_type: TYPES[index % TYPES.length],
        log_level: LEVELS[index % LEVELS.length],
        message: `step ${next}: the file src/module-${next % 977}.ts was read, its tests pass, and the next one begins`,
        ...(index % 4 === 0 ? { details: { tool: "Read", ms: next % 90 } } : {}),
      };
    });
    return postRequest("/api/runtime/logs", JSON.stringify(logs));
  };
}

export async function logBatches(): Promise<Report> {
  using files = folder();
  await makeUntriggered(files.file("bare.db"));
  await using ours = await startServer(OURS, files.file("ours.db"));
  await using bare = await startServer(BARE_ON_OURS, files.file("bare.db"));
  seedAgents(ours.databasePath);
  const sides = [
    { name: "ours", server: ours },
    { name: "bare inserts", server: bare },
  ];
  const results = await inTurn(sides, { connections: CONNECTIONS, request: batches() });
  return {
    about: `POST of ${BATCH} agent logs, ${CONNECTIONS} connections, answered after a durable commit with the rows. The bare server writes into a file of our migrations, the same table with the same indexes, its triggers dropped: what differs are validation, feed rows, roll-ups and the text index.`,
    rows: [header("logs"), ...comparison("", sides, results, BATCH)],
    wanted: [atLeast("logs/s, ours ÷ bare inserts", 0.25, ratio(results, 1))],
  };
}
