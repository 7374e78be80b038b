import type { Database, Statement } from "bun:sqlite";
import type { Read } from "#src/database/manager.ts";
import { storeError } from "./errors.ts";
import type { Stored } from "./rows.ts";

/** Bindings by name. */
export type Bindings = Record<string, string | number | null>;

/** The read-only connection: statements made once, and snapshots that carry the `seq` they were read at. */
export type Reader = {
  /** The prepared statement for this text; made on first use, then kept. */
  prepare<Row>(sql: string): Statement<Row, [Bindings]>;
  /** Runs queries against one snapshot and says which `seq` it holds. */
  snapshot<Value>(query: () => Value): Promise<Read<Value>>;
  /** Reads one row and the `seq` it was read at, by one statement that selects both; `seq` is 0 when there is none. */
  row<Row>(sql: string, bindings: Bindings, toRow: (stored: Stored) => Row): Promise<Read<Row | null>>;
  /** Runs one query. */
  read<Value>(query: () => Value): Promise<Value>;
};

/** What every write leaves behind in `sqlite_sequence`, which never goes back. */
export const HEAD_SEQ = "(select ifnull(max(seq), 0) from sqlite_sequence where name = 'changes')";

/** Beside the columns of a row: the `seq` it is read at. */
export const READ_AT = `${HEAD_SEQ} as read_at`;

/** @param seen looks at each error, and says what to answer with */
export function createReader(db: Database, seen: (error: unknown) => unknown = (error) => error): Reader {
  const prepare = statementCache(db);
  const begin = db.prepare("begin");
  const commit = db.prepare("commit");
  const head = db.prepare<{ seq: number }, []>(`select ${HEAD_SEQ} as seq`);

  async function read<Value>(query: () => Value): Promise<Value> {
    try {
      return query();
    } catch (error) {
      throw seen(storeError(error));
    }
  }

  return {
    prepare,
    read,
    row: (sql, bindings, toRow) =>
      read(() => {
        const stored = prepare<Stored>(sql).get(bindings);
        return stored === null ? { value: null, seq: 0 } : { value: toRow(stored), seq: stored["read_at"] as number };
      }),
    snapshot: (query) =>
      read(() => {
        begin.run();
        try {
          return { seq: head.get()!.seq, value: query() };
        } finally {
          // An error of the disk ends it.
          if (db.inTransaction) commit.run();
        }
      }),
  };
}

/** The row that a statement finds, null when there is none. */
export function oneRow<Row>(
  statement: Statement<Stored, [Bindings]>,
  bindings: Bindings,
  toRow: (stored: Stored) => Row,
): Row | null {
  const stored = statement.get(bindings);
  return stored === null ? null : toRow(stored);
}

/**
 * Prepares each text once and keeps the newest 500: texts are made from a closed set of columns, but updates of any few of
 * them come in hundreds of combinations.
 */
export function statementCache(db: Database) {
  const statements = new Map<string, Statement>();
  return <Row>(sql: string): Statement<Row, [Bindings]> => {
    const known = statements.get(sql);
    if (known !== undefined) return known as Statement<Row, [Bindings]>;
    const statement = db.prepare<Row, [Bindings]>(withOpaqueLimits(sql));
    if (statements.size >= 500) evictOldest(statements);
    statements.set(sql, statement as Statement);
    return statement;
  };
}

/**
 * Where a bound value is the very LIMIT, SQLite 3.54 plans the statement anew at every run, for most of what a short list
 * costs: its number may change the plan. As part of an expression it may not.
 */
function withOpaqueLimits(sql: string): string {
  return sql.replaceAll(/\blimit (\$\w+)/g, "limit $1 + 0");
}

function evictOldest(statements: Map<string, Statement>): void {
  for (const [sql, statement] of statements) {
    statement.finalize();
    statements.delete(sql);
    return;
  }
}
