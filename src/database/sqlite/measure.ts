import { constants, Database } from "bun:sqlite";
import { pathToFileURL } from "node:url";

const TABLES = `
  select name, sql like 'create virtual table%' as virtual from sqlite_master where type = 'table' order by name`;
const PARTS = "select name, tbl_name as owner from sqlite_master where rootpage > 0";
const BYTES = "select sum(pgsize) as bytes from dbstat where name = $name and aggregate = true";

/**
 * Bytes by table of a file, with its indexes; those of a full-text index under its own name. It reads the whole file, for
 * seconds where it is large, as it stood at the last checkpoint and without a lock: a reader that long would make the log
 * grow. Not for the thread of a server.
 */
export function measureSqlite(path: string): Record<string, number> {
  const uri = `${pathToFileURL(path).href}?immutable=1`;
  using db = new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
  const tables = db.query<{ name: string; virtual: number }, []>(TABLES).all();
  const ownerOf = (table: string) =>
    tables.find(({ name, virtual }) => virtual === 1 && table.startsWith(`${name}_`))?.name ?? table;
  const measure = db.query<{ bytes: number | null }, { $name: string }>(BYTES);
  const bytes: Record<string, number> = {};
  for (const { name, owner } of db.query<{ name: string; owner: string }, []>(PARTS).all()) {
    const table = ownerOf(owner);
    bytes[table] = (bytes[table] ?? 0) + (measure.get({ $name: name })?.bytes ?? 0);
  }
  return bytes;
}
