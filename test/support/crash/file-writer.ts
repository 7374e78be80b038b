/**
 * Runs in a process of its own: writes into the file as another program does, while it is told to. What it is about to do
 * and what it has committed it notes in a journal, before and after, so that who kills it knows. Arguments: the file, the
 * journal, the name in its markers, a seed, and the shared agents. Lines on stdin: `go` and `stop`; it answers a `stop`.
 */
import { Database } from "bun:sqlite";
import { appendFileSync } from "node:fs";
import { seededRandom } from "#test/support/random.ts";
import type { FileOperation } from "./file-writers.ts";

const [path = "", journal = "", name = "", seed = "", definition = "", ...shared] = process.argv.slice(2);
const { below, pick } = seededRandom(Number(seed));
const db = new Database(path, { readwrite: true });
db.run("pragma busy_timeout = 10000");
db.run("pragma foreign_keys = on");

const agents: string[] = [];
let stopped = new AbortController();
let turn = 0;

function choose(marker: string): FileOperation {
  const roll = below(100);
  if (agents.length === 0 || roll < 20) return { kind: "family", marker, shared: pick(shared), cost: 0.25 };
  const agent = pick(agents);
  if (roll < 60) return { kind: "touch", marker, agent, status: pick(["idle", "executing", "waiting"]) };
  if (roll < 72) return { kind: "logs", marker, agent, rows: 3 };
  if (roll < 82) return { kind: "undone", marker };
  return { kind: "remove", marker, agent };
}

const INSERT_AGENT =
  "insert into agents (id, orchestrator_agent_id, session_id, status, context) values (?, ?, ?, 'executing', 'plain')";
const INSERT_PROMPT =
  "insert into prompts (id, agent_id, prompt_type, prompt_text, prompt_name, cost_usd) values (?, ?, 'adw', 'x', ?, ?)";
const INSERT_LOG = "insert into agent_logs (agent_id, log_type, message) values (?, 'tool_call', ?)";

function family({ marker, shared: agent, cost }: Extract<FileOperation, { kind: "family" }>): void {
  db.run(INSERT_AGENT, [marker, definition, "direct"]);
  db.run(INSERT_PROMPT, [`${marker}-own`, marker, marker, 0]);
  for (let line = 0; line < 3; line += 1) db.run(INSERT_LOG, [marker, `${marker} line ${line}`]);
  db.run("insert into system_logs (component, message) values ('direct', ?)", [`${marker} happened`]);
  // As the ancestor does: other writers book both themselves.
  db.run(INSERT_PROMPT, [`${marker}-shared`, agent, marker, cost]);
  db.run("update agents set cost_usd = cost_usd + ? where id = ?", [cost, agent]);
}

function run(operation: FileOperation): void {
  const { kind, marker } = operation;
  if (kind === "family" || kind === "undone") {
    db.run("begin immediate");
    if (kind === "family") family(operation);
    else db.run(INSERT_AGENT, [marker, definition, "direct"]);
    db.run(kind === "family" ? "commit" : "rollback");
    if (kind === "family") agents.push(marker);
  } else if (kind === "touch") {
    db.run("update agents set status = ?, error_message = ? where id = ?", [operation.status, marker, operation.agent]);
  } else if (kind === "logs") {
    db.run(
      "insert into agent_logs (agent_id, log_type, message) values (?1, 'tool_call', ?2), (?1, 'tool_call', ?2), (?1, 'tool_call', ?2)",
      [operation.agent, `${marker} happened`],
    );
  } else {
    db.run("delete from agents where id = ?", [operation.agent]);
    agents.splice(agents.indexOf(operation.agent), 1);
  }
}

/** Into the file itself: unlike what waits in a pipe's buffer it outlives the process. */
const note = (line: object) => appendFileSync(journal, `${JSON.stringify(line)}\n`);

async function write(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    turn += 1;
    const operation = choose(`${name}n${turn}`);
    note({ turn, operation });
    run(operation);
    note({ done: turn });
    // Others write too: the lock is not theirs alone.
    await Bun.sleep(below(5));
  }
  process.stdout.write("stopped\n");
}

for await (const line of console) {
  stopped.abort();
  stopped = new AbortController();
  if (line === "go") void write(stopped.signal);
}
db.close();
