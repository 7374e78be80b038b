import { Database } from "bun:sqlite";

type SchemaObject = { readonly type: string; readonly name: string; readonly table: string; readonly sql: string };

/** Tables, indexes, triggers and views of a database, in that order, by name; without those that SQLite makes itself. */
export function schemaObjects(path: string): SchemaObject[] {
  using db = new Database(path, { readonly: true });
  return db
    .query<SchemaObject, []>(
      `select type, name, tbl_name as "table", sql from sqlite_master where sql is not null and name not like 'sqlite!_%' escape '!'
       order by instr('table index trigger view', type), name`,
    )
    .all();
}

/** The schema of a database as text. */
export function schemaText(path: string): string {
  return schemaObjects(path)
    .map(({ sql }) => `${sql};\n`)
    .join("\n");
}

/** The script that the ancestor runs at every connect, put together from the schema of one of its files. */
export function ancestorScript(path: string): string {
  return schemaObjects(path)
    .map(({ sql }) => `${sql.replace(/^CREATE (TABLE|INDEX|TRIGGER) /i, "CREATE $1 IF NOT EXISTS ")};`)
    .join("\n");
}
