import type { Database } from "bun:sqlite";
import type { FileOperation, FileWriter } from "./file-writers.ts";

type Agent = { status: string; text: string | null; readonly logs: Map<string, number> };

/** What the processes that write the file directly have committed; looked for in the file itself. */
export type FileLedger = {
  /** How many transactions were committed. */
  readonly committed: number;
  /** Takes in what a writer has noted; what was cut off is looked for. Throws when it is there by half. */
  take(writer: FileWriter, db: Database): void;
  /** What is not as it was committed. */
  wrong(db: Database): string[];
};

export function createFileLedger(): FileLedger {
  const agents = new Map<string, Agent>();
  const gone = new Set<string>();
  const systemLogs = new Set<string>();
  const sharedPrompts = new Set<string>();
  let committed = 0;

  function apply(operation: FileOperation): void {
    const { kind, marker } = operation;
    if (kind === "family") {
      agents.set(marker, { status: "executing", text: null, logs: new Map([[`${marker} line`, 3]]) });
      systemLogs.add(`${marker} happened`);
      sharedPrompts.add(`${marker}-shared`);
    } else if (kind === "undone") gone.add(marker);
    else if (kind === "remove") {
      agents.delete(operation.agent);
      gone.add(operation.agent);
    } else {
      const agent = agents.get(operation.agent)!;
      if (kind === "logs") agent.logs.set(`${marker} happened`, operation.rows);
      else Object.assign(agent, { status: operation.status, text: marker });
    }
  }

  /** Whether what was cut off has been committed. */
  function isThere(operation: FileOperation, db: Database): boolean {
    const { kind, marker } = operation;
    const one = (sql: string, ...params: string[]) =>
      db.query<{ n: number }, string[]>(`select count(*) as n from ${sql}`).get(...params)!.n;
    if (kind === "undone") return true;
    if (kind === "touch") return one("agents where id = ? and error_message = ?", operation.agent, marker) === 1;
    if (kind === "remove") return one("agents where id = ?", operation.agent) === 0;
    const logs = one("agent_logs where message like ? || ' %'", marker);
    const parts =
      kind === "logs"
        ? { logs: logs / operation.rows }
        : {
            agent: one("agents where id = ?", marker),
            logs: logs / 3,
            prompts: one("prompts where prompt_name = ?", marker) / 2,
            systemLogs: one("system_logs where message = ? || ' happened'", marker),
          };
    const [first] = Object.values(parts);
    if ((first === 0 || first === 1) && Object.values(parts).every((part) => part === first)) return first === 1;
    throw new Error(`a transaction of another process is there by half: ${JSON.stringify({ operation, parts })}`);
  }

  return {
    get committed() {
      return committed;
    },
    take(writer, db) {
      for (const { operation, isCommitted } of writer.take()) {
        if (!isCommitted && !isThere(operation, db)) continue;
        committed += 1;
        apply(operation);
      }
    },
    wrong(db) {
      const found: string[] = [];
      const stored = new Map(
        db
          .query<{ id: string; status: string; text: string }, []>(
            "select id, status, error_message as text from agents",
          )
          .all()
          .map((row) => [row.id, row]),
      );
      const logs = countLogs(db);
      for (const [id, { status, text, logs: wanted }] of agents) {
        const row = stored.get(id);
        if (row?.status !== status || row.text !== text) {
          found.push(`agent ${id} is ${JSON.stringify(row)} instead of ${status}, ${text}`);
        }
        for (const [message, rows] of wanted) {
          if (logs.get(message) !== rows) found.push(`${logs.get(message)} logs "${message}" instead of ${rows}`);
        }
      }
      for (const id of gone) if (stored.has(id)) found.push(`agent ${id}, removed or rolled back, is there`);
      const names = (sql: string) =>
        new Set(
          db
            .query<{ name: string }, []>(sql)
            .all()
            .map(({ name }) => name),
        );
      const messages = names("select message as name from system_logs where component = 'direct'");
      const prompts = names("select id as name from prompts");
      for (const message of systemLogs) if (!messages.has(message)) found.push(`system log "${message}" is missing`);
      for (const id of sharedPrompts) if (!prompts.has(id)) found.push(`prompt ${id} is missing`);
      return found;
    },
  };
}

/** Logs by their text without the number of a line. */
function countLogs(db: Database): Map<string, number> {
  const counts = new Map<string, number>();
  const rows = db.query<{ message: string }, []>("select message from agent_logs where session_id = 'direct'");
  for (const { message } of rows.iterate()) {
    const key = message.replace(/ line \d+$/, " line");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
