import { Database } from "bun:sqlite";

/** Tables that hold a row for everything that ever happened: nothing may go through one of them as a whole. */
const GROWING = new Set([
  "agents",
  "prompts",
  "agent_logs",
  "system_logs",
  "changes",
  "ai_developer_workflows",
  "orchestrator_agents",
  "orchestrator_sessions",
]);

/** The texts of all statements that are prepared while `act` runs, by any connection of this process. */
export async function preparedBy(act: () => Promise<unknown>): Promise<string[]> {
  const texts = new Set<string>();
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (this: Database, sql: string, ...rest: never[]) {
    texts.add(sql);
    return prepare.call(this, sql, ...rest);
  } as typeof prepare;
  try {
    await act();
  } finally {
    Database.prototype.prepare = prepare;
  }
  return [...texts].filter((sql) => /^\s*(select|insert|update|delete|with)\b/i.test(sql));
}

/** The statements of all triggers of a file, with the row's values as parameters. */
export function triggerStatements(path: string): string[] {
  using db = new Database(path, { readonly: true });
  const triggers = db
    .query<{ sql: string }, []>("select sql from sqlite_master where type = 'trigger' and sql like '%begin%'")
    .all();
  return triggers
    .flatMap(({ sql }) =>
      sql.slice(sql.search(/\bbegin\b/i) + "begin".length, sql.toLowerCase().lastIndexOf("end")).split(";"),
    )
    .map((sql) => sql.replaceAll(/\b(old|new)\.(\w+)/gi, "$$$1_$2").trim())
    .filter((sql) => sql !== "" && !/^select\s+raise/i.test(sql));
}

/** The lines of a statement's plan on this file. */
export function planOf(db: Database, sql: string): string[] {
  const plan = db.prepare<{ detail: string }, []>(`explain query plan ${sql}`);
  return plan.all().map(({ detail }) => detail);
}

/** What is wrong with a statement's plan on this file; nothing when it only seeks and walks. */
export function planFaults(db: Database, sql: string): string[] {
  const named = namesOfGrowing(sql);
  if (named.size === 0) return [];
  const faults = planOf(db, sql).filter((detail) => isFault(detail, named));
  const words = sql.match(/\boffset\b|\bcount\s*\(|\bdistinct\b/gi) ?? [];
  return [...faults, ...words];
}

function isFault(detail: string, named: ReadonlySet<string>): boolean {
  if (detail.startsWith("USE TEMP B-TREE")) return true;
  const scanned = /^SCAN (\S+)/.exec(detail)?.[1];
  return scanned !== undefined && named.has(scanned.toLowerCase());
}

/** The names under which a statement speaks of growing tables. */
function namesOfGrowing(sql: string): Set<string> {
  const names = new Set<string>();
  for (const [, table, alias] of sql.matchAll(
    /\b(?:from|join|into|update)\s+([a-z_]+)(?:\s+(?:as\s+)?([a-z_]\w*))?/gi,
  )) {
    if (!GROWING.has(table!.toLowerCase())) continue;
    names.add(table!.toLowerCase());
    if (alias !== undefined) names.add(alias.toLowerCase());
  }
  return names;
}
