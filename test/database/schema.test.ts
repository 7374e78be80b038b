import { expect, test } from "bun:test";
import { join } from "node:path";
import { openOnce, query } from "#test/support/database.ts";
import { copyFixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { schemaObjects, schemaText } from "#test/support/schema.ts";

const SNAPSHOT = join(import.meta.dir, "../../sql/sqlite/schema.snapshot.sql");

async function freshFile(path: string): Promise<string> {
  await openOnce(path);
  return path;
}

test("the committed snapshot is the schema of a fresh database (else: bun run schema)", async () => {
  using folder = testFolder();
  const path = await freshFile(folder.file("fresh.db"));
  expect(schemaText(path)).toBe(await Bun.file(SNAPSHOT).text());
});

/** Text as it means, whatever its spaces, quotes and case of keywords. */
function plain(sql: string): string {
  return sql
    .replaceAll(/--.*$/gm, "")
    .replaceAll(/["`[\]]/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([(),;]) ?/g, "$1")
    .toLowerCase();
}

/** The CHECKs in a table's text, sorted. */
function checks(sql: string): string[] {
  return [...plain(sql).matchAll(/check\((?:[^()]|\([^()]*\))*\)/g)].map(([check]) => check).toSorted();
}

function shape(path: string) {
  const objects = schemaObjects(path);
  const tables = objects.filter(({ type }) => type === "table");
  return {
    tables: Object.fromEntries(
      tables.map(({ name, sql }) => [
        name,
        {
          columns: query(
            path,
            `select name, lower(type) as type, "notnull", dflt_value, pk from pragma_table_info(?) order by name`,
            name,
          ),
          keys: query(
            path,
            `select "from", "table", "to", on_delete from pragma_foreign_key_list(?) order by "from"`,
            name,
          ),
          checks: checks(sql),
        },
      ]),
    ),
    others: Object.fromEntries(
      objects.filter(({ type }) => type !== "table").map(({ type, name, sql }) => [`${type} ${name}`, plain(sql)]),
    ),
  };
}

test.each(FIXTURES)("an adopted %s has the schema of a fresh database", async (fixture) => {
  using folder = testFolder();
  const path = copyFixture(folder, fixture);
  await openOnce(path);
  const [adopted, fresh] = [shape(path), shape(await freshFile(folder.file("fresh.db")))];
  expect(adopted.tables).toEqual(fresh.tables);
  expect(adopted.others).toEqual(fresh.others);
});

test.each([...FIXTURES, "a new file"] as const)("%s is in WAL mode and gives pages back", async (name) => {
  using folder = testFolder();
  const path = name === "a new file" ? folder.file("new.db") : copyFixture(folder, name);
  await openOnce(path);
  expect(query(path, "pragma auto_vacuum")).toEqual([{ auto_vacuum: 2 }]);
  expect(query(path, "pragma journal_mode")).toEqual([{ journal_mode: "wal" }]);
});
