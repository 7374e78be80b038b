import { Database } from "bun:sqlite";

/** The file may be locked for a moment, by a server that starts or ends. */
const BUSY_MS = 5_000;

const TABLES = `
  select name, sql like 'create virtual table%' as virtual from sqlite_master where type = 'table' order by name`;
const PARTS = "select name, tbl_name as owner from sqlite_master where rootpage > 0";
const BYTES = "select sum(pgsize) as bytes from dbstat where name = $name and aggregate = true";

/**
 * Bytes by table of a file, with its indexes; those of a full-text index under its own name. It reads the whole file, for
 * seconds where it is large: each table and index in a transaction of its own, lest the log grow all the while. Not for the
 * thread of a server.
 */
export function measureSqlite(path: string): Record<string, number> {
  using db = new Database(path, { readonly: true, strict: true });
  db.run(`pragma busy_timeout = ${BUSY_MS}`);
  const tables = db.query<{ name: string; virtual: number }, []>(TABLES).all();
  const ownerOf = (table: string) =>
    tables.find(({ name, virtual }) => virtual === 1 && table.startsWith(`${name}_`))?.name ?? table;
  const measure = db.query<{ bytes: number | null }, { name: string }>(BYTES);
  const bytes: Record<string, number> = {};
  for (const { name, owner } of db.query<{ name: string; owner: string }, []>(PARTS).all()) {
    const table = ownerOf(owner);
    bytes[table] = (bytes[table] ?? 0) + (measure.get({ name })?.bytes ?? 0);
  }
  return bytes;
}
