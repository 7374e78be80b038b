import { dirname, join } from "node:path";
// @ts-expect-error: it brings no types
import initSqlJs from "sql.js";

/** SQLite 3.35.0, as another program may have it: what its triggers run in is its own. */
export type OldSqlite = Disposable & {
  /** Runs statements; throws what they throw. */
  run(sql: string): void;
  /** Rows of a query, as arrays. */
  rows(sql: string): unknown[][];
};

type SqlJs = {
  Database: new (image: Uint8Array) => {
    run(sql: string): void;
    exec(sql: string): { values: unknown[][] }[];
    close(): void;
  };
};

const wasm = join(dirname(Bun.resolveSync("sql.js", import.meta.dir)), "sql-wasm.wasm");
let loaded: Promise<SqlJs> | undefined;

async function load(): Promise<SqlJs> {
  return (initSqlJs as (options: object) => Promise<SqlJs>)({ wasmBinary: await Bun.file(wasm).arrayBuffer() });
}

/** Opens a copy in memory of a closed database. */
export async function openOldSqlite(path: string): Promise<OldSqlite> {
  const { Database } = await (loaded ??= load());
  const image = await Bun.file(path).bytes();
  // It has no shared memory for WAL: the header's two version bytes say "rollback journal" instead.
  image.set([1, 1], 18);
  const db = new Database(image);
  db.run("pragma foreign_keys = on");
  return {
    run: (sql) => db.run(sql),
    rows: (sql) => db.exec(sql)[0]?.values ?? [],
    [Symbol.dispose]: () => db.close(),
  };
}
