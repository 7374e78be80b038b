import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { openOnce, query, storedRows } from "#test/support/database.ts";
import { copyFixture, type Fixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { schemaObjects, schemaText } from "#test/support/schema.ts";

const OPENER = join(import.meta.dir, "../support/opener.ts");
const MIGRATIONS = SQLITE_MIGRATIONS.map(({ name }) => name.slice(0, 4));
const STEPS = ["locked", "copied", "widened", ...MIGRATIONS, "verified", "committed", "auto_vacuum"];

/** Opens a database in another process; gives what it said, or null when it was killed at that step. */
async function openElsewhere(path: string, killAt = 0): Promise<{ steps: number } | null> {
  const child = Bun.spawn([process.execPath, OPENER, path, String(killAt)], { stdout: "pipe", stderr: "pipe" });
  const [said, complaint] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.signalCode === "SIGKILL") return null;
  if (child.exitCode !== 0) throw new Error(`the other process failed: ${complaint}`);
  return JSON.parse(said) as { steps: number };
}

function counts(path: string): Record<string, number> {
  return Object.fromEntries(Object.entries(storedRows(path)).map(([table, rows]) => [table, rows.length]));
}

const adoptions = new Map<Fixture, Promise<{ readonly schema: string; readonly counts: Record<string, number> }>>();

/** What an adoption without a kill makes of it, and the rows that it had. */
function adopted(fixture: Fixture) {
  const known = adoptions.get(fixture) ?? adopt(fixture);
  adoptions.set(fixture, known);
  return known;
}

async function adopt(fixture: Fixture) {
  using folder = testFolder();
  const path = copyFixture(folder, fixture);
  const before = counts(path);
  await openOnce(path);
  return { schema: schemaText(path), counts: before };
}

function backups(folder: string): string[] {
  return [...new Bun.Glob("*.backup-*").scanSync(folder)].toSorted();
}

test.each(FIXTURES)("adopting %s takes as many steps as are killed below", async (fixture) => {
  using folder = testFolder();
  expect(await openElsewhere(copyFixture(folder, fixture))).toEqual({ steps: STEPS.length });
});

test.each(FIXTURES.flatMap((fixture) => STEPS.map((step, index) => ({ fixture, step, killAt: index + 1 }))))(
  "a kill of the adoption of $fixture at '$step' leaves the old file or the new one",
  async ({ fixture, killAt }) => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    const old = { schema: schemaText(path), rows: storedRows(path) };
    expect(await openElsewhere(path, killAt)).toBeNull();

    const isNew = schemaObjects(path).some(({ name }) => name === "orchestrator_migrations");
    expect(isNew).toBe(killAt >= STEPS.indexOf("committed") + 1);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
    if (!isNew) expect({ schema: schemaText(path), rows: storedRows(path) }).toEqual(old);

    await openOnce(path);
    expect(counts(path)).toMatchObject(
      Object.fromEntries(Object.entries(old.rows).map(([table, rows]) => [table, rows.length])),
    );
    expect(schemaText(path)).toBe((await adopted(fixture)).schema);
    expect(query(path, "pragma auto_vacuum")).toEqual([{ auto_vacuum: 2 }]);
    expect(backups(folder.path).filter((name) => name.endsWith(".partial"))).toEqual([]);
    for (const name of backups(folder.path)) expect(counts(folder.file(name))).toEqual((await adopted(fixture)).counts);
  },
);

test.each([...FIXTURES, null])(
  "two starters at once on %p: both open, one adopts, with one backup",
  async (fixture) => {
    using folder = testFolder();
    const path = fixture === null ? folder.file("orchestrator.db") : copyFixture(folder, fixture);
    const before = fixture === null ? {} : counts(path);
    await Promise.all([openElsewhere(path), openElsewhere(path), openElsewhere(path)]);
    expect(counts(path)).toMatchObject(before);
    expect(query(path, "select version from orchestrator_migrations order by version")).toHaveLength(MIGRATIONS.length);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(backups(folder.path)).toHaveLength(fixture === null ? 0 : 1);
    for (const name of backups(folder.path)) expect(statSync(folder.file(name)).mode & 0o777).toBe(0o600);
  },
);
