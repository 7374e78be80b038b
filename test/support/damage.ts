import { Database } from "bun:sqlite";
import { closeSync, openSync, readSync, writeSync } from "node:fs";

const PAGE = 4096;

/** Puts the pages back as they were. */
export type Damage = { mend(): void };

/** Pages of a table or index, in the order of the file, as `dbstat` knows them. */
export function pagesOf(path: string, name: string, type: "leaf" | "overflow" = "leaf"): number[] {
  using db = new Database(path, { readonly: true });
  const query = db.query<{ pageno: number }, [string, string]>(
    "select pageno from dbstat where name = ? and pagetype = ? order by pageno",
  );
  return query.all(name, type).map(({ pageno }) => pageno);
}

/** Overwrites pages with what is no page, as a disk does that goes bad, whoever has the file open. */
export function damagePages(path: string, ...pages: readonly number[]): Damage {
  const kept = pages.map((page) => ({ at: (page - 1) * PAGE, bytes: Buffer.alloc(PAGE) }));
  const file = openSync(path, "r+");
  try {
    for (const { at, bytes } of kept) {
      readSync(file, bytes, 0, PAGE, at);
      writeSync(file, Buffer.alloc(PAGE, 0xaa), 0, PAGE, at);
    }
  } finally {
    closeSync(file);
  }
  return {
    mend() {
      const again = openSync(path, "r+");
      for (const { at, bytes } of kept) writeSync(again, bytes, 0, PAGE, at);
      closeSync(again);
    },
  };
}
