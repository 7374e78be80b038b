import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Change } from "#src/domain/change.ts";
import { openOnce, query, script, testDatabase } from "#test/support/database.ts";
import { copyFixture, FIXTURES, testFolder, type TestFolder } from "#test/support/folder.ts";
import { arranged, FOREIGN_HISTORIES, FOREIGN_SEED } from "#test/support/foreign-statements.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { changesAfter, fold, listedRows, sorted, withoutLostLogs } from "#test/support/reduce.ts";
import { ancestorScript, schemaText } from "#test/support/schema.ts";
import { until } from "#test/support/until.ts";

let templates: TestFolder;
const FILES = ["a file of ours", ...FIXTURES] as const;

/** A closed database with the rows that every history begins with. */
function template(file: (typeof FILES)[number]): string {
  return templates.file(`${FILES.indexOf(file)}.db`);
}

beforeAll(async () => {
  templates = testFolder();
  for (const file of FILES) {
    using folder = testFolder();
    const path = file === "a file of ours" ? folder.file("orchestrator.db") : copyFixture(folder, file);
    await openOnce(path);
    script(path, FOREIGN_SEED);
    await openOnce(path);
    await Bun.write(template(file), Bun.file(path));
  }
});

afterAll(() => templates[Symbol.dispose]());

/** The numbers of the newest logs. */
function newestLogs(path: string): Record<string, number> {
  return Object.fromEntries(query(path, "select name, seq from sqlite_sequence").map(({ name, seq }) => [name, seq]));
}

function told(changes: readonly Change[], logs: Record<string, number>): string[] {
  return changes.map(({ entity, op, id }) => {
    const shown = typeof id === "number" ? `+${id - (logs[`${entity}s`] ?? 0)}` : id;
    return `${entity}.${op} ${shown}`;
  });
}

describe.each(FILES)("another process writes %s", (file) => {
  test.each([...FOREIGN_HISTORIES])("$name", async ({ statements, changes }) => {
    await using opened = await testDatabase(template(file));
    await using other = await openForeignWriter(opened.path);
    const before = await listedRows(opened.db);
    const { headSeq } = await opened.db.changes.state();
    const logs = newestLogs(opened.path);
    for (const statement of statements) {
      if (typeof statement === "string") await other.run(statement);
      else await expect(other.run(statement.fails)).rejects.toThrow(statement.saying);
    }
    const found = await changesAfter(opened.db, headSeq);
    expect(arranged(told(found, logs), changes)).toEqual([...changes]);
    expect(found.map(({ seq }) => seq)).toEqual(found.map((_, index) => headSeq + 1 + index));
    const table = await listedRows(opened.db);
    expect(sorted(withoutLostLogs(fold(before, found), table))).toEqual(sorted(table));
  });
});

describe.each(FILES)("the ancestor's schema script over %s", (file) => {
  test.each(FIXTURES)("as %s holds it changes nothing and doubles no change", async (fixture) => {
    using folder = testFolder();
    const ancestor = ancestorScript(copyFixture(folder, fixture));
    await using opened = await testDatabase(template(file));
    await using other = await openForeignWriter(opened.path);
    const schema = schemaText(opened.path);
    const { headSeq } = await opened.db.changes.state();
    await other.run(ancestor);
    expect(schemaText(opened.path)).toBe(schema);
    await other.run("update orchestrator_agents set description = 'new' where id = 'd1'");
    await other.run("update ai_developer_workflows set status = 'in_progress' where id = 'w1'");
    const changes = await changesAfter(opened.db, headSeq);
    expect(told(changes, {})).toEqual(["orchestrator_agent.updated d1", "workflow.updated w1"]);
    expect(changes[0]!.data).toEqual((await listedRows(opened.db)).get("orchestrator_agent d1")!);
  });
});

test("a change of a definition or a workflow by others moves its updated_at, unless they set it", async () => {
  await using opened = await testDatabase(template("a file of ours"));
  await using other = await openForeignWriter(opened.path);
  const updatedAt = async () => [
    (await opened.db.orchestratorAgents.get("d1")).value!.updated_at,
    (await opened.db.workflows.get("w1")).value!.updated_at,
  ];
  await other.run("update orchestrator_agents set description = 'x', updated_at = '2020-01-01' where id = 'd1'");
  await other.run("update ai_developer_workflows set description = 'x', updated_at = '2020-01-01' where id = 'w1'");
  expect(await updatedAt()).toEqual(["2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"]);
  await other.run("update orchestrator_agents set description = 'y' where id = 'd1'");
  await other.run("update ai_developer_workflows set description = 'y' where id = 'w1'");
  for (const time of await updatedAt()) expect(Date.parse(time!)).toBeGreaterThan(Date.parse("2026-01-01"));
});

test("text that holds NUL is told up to it", async () => {
  await using opened = await testDatabase(template("a file of ours"));
  await using other = await openForeignWriter(opened.path);
  const { headSeq } = await opened.db.changes.state();
  await other.run(
    "insert into orchestrator_agents (id, name, agent_type) values ('n', cast(x'620063' as text), 'skill')",
  );
  expect((await changesAfter(opened.db, headSeq))[0]!.data).toMatchObject({ id: "n", name: "b" });
});

test("a commit of another process calls the listeners", async () => {
  await using opened = await testDatabase(template("a file of ours"));
  await using other = await openForeignWriter(opened.path);
  let calls = 0;
  opened.db.changes.onChange(() => void (calls += 1));
  opened.db.changes.attend(true);
  await other.run("update agents set status = 'waiting' where id = 'a1'");
  await until("the listener to be called", () => calls > 0);
});
