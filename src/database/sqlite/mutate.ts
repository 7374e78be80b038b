import { DecisionOutdated } from "#src/database/manager.ts";
import type { Bindings } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Rows that one batch of a large delete takes at once, and how long a batch may go on (milliseconds). */
const DELETE_ROWS = 50;
const DELETE_MS = 8;

/** The last INSERT of each table: the rows of one nearly always have the same columns. */
const inserts = new Map<string, { readonly columns: readonly string[]; readonly sql: string }>();

/** A column whose value is computed as the row is inserted. */
type Computed = { readonly column: string; readonly sql: string };

/** Inserts a row; its keys are the columns. */
export function insertRow(writer: Writer, table: string, row: Bindings, computed?: Computed): number {
  return Number(writer.prepare(insertSql(table, Object.keys(row), computed)).run(row).lastInsertRowid);
}

function insertSql(table: string, columns: readonly string[], computed: Computed | undefined): string {
  const known = inserts.get(table);
  if (known?.columns.length === columns.length && columns.every((column, at) => column === known.columns[at])) {
    return known.sql;
  }
  const values = columns.map((column) => `$${column}`);
  const more = computed === undefined ? [] : [computed];
  const into = [...columns, ...more.map(({ column }) => column)].join(", ");
  const sql = `insert into ${table} (${into}) values (${[...values, ...more.map((one) => one.sql)].join(", ")})`;
  inserts.set(table, { columns, sql });
  return sql;
}

/** Updates the row of an id that still is as expected; outdated when there is none. */
export function updateRow(writer: Writer, table: string, id: string, expected: Bindings, set: Bindings): void {
  const assignments = Object.keys(set).map((column) => `${column} = $${column}`);
  const guards = Object.keys(expected).map((column) => ` and ${column} is $was_${column}`);
  const sql = `update ${table} set ${assignments.join(", ")} where id = $id${guards.join("")}`;
  const was = Object.fromEntries(Object.entries(expected).map(([column, value]) => [`was_${column}`, value]));
  const { changes } = writer.prepare(sql).run({ ...set, ...was, id });
  if (changes === 0) throw new DecisionOutdated(`${table} ${id} has changed`);
}

/** Deletes the row of an id if the condition holds; outdated otherwise. */
export function deleteRow(writer: Writer, table: string, id: string, condition: string): void {
  const { changes } = writer.prepare(`delete from ${table} where id = $id and ${condition}`).run({ id });
  if (changes === 0) throw new DecisionOutdated(`${table} ${id} has changed`);
}

/** When a batch of a large delete that begins now must end (of `performance.now()`). */
export function batchEnd(): number {
  return performance.now() + DELETE_MS;
}

/** Repeats statements that each take a few rows until none is left or the batch's time is up; true when none is left. */
export function inSteps(writer: Writer, statements: readonly string[], bindings: Bindings, end = batchEnd()): boolean {
  for (const sql of statements) {
    const statement = writer.prepare(sql);
    while (statement.run({ ...bindings, few: DELETE_ROWS }).changes > 0) {
      if (performance.now() > end) return false;
    }
  }
  return true;
}
