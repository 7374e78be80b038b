import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { restoreDatabase } from "#src/database/open.ts";
import { partialName } from "#src/database/partial.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { contents } from "#test/support/contents.ts";
import { expectConsistent, later, RESTORED_AT as NOW, restore, withBackup } from "#test/support/copies.ts";
import { openOnce, script } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { smallDisk } from "#test/support/small-disk.ts";

describe("a restore where the database is gone", () => {
  test("does not apply the log that was left there to the new one, and keeps that", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    {
      using db = new Database(path);
      db.run("insert into system_logs (component, message) values ('later', 'only in the log')");
      copyFileSync(`${path}-wal`, folder.file("log"));
    }
    rmSync(path);
    renameSync(folder.file("log"), `${path}-wal`);
    writeFileSync(`${path}-shm`, "its index");
    const log = readFileSync(`${path}-wal`);
    const { replaced, lost } = restore(path, file);
    expect([replaced, lost]).toEqual([null, `${path}.replaced-20260205T103000Z-wal`]);
    expect([existsSync(`${path}-wal`), readFileSync(lost!).equals(log)]).toEqual([false, true]);
    expectConsistent(path);
    expect(later(path)).toBe(0);
    await openOnce(path);
    expect(later(path)).toBe(0);
  });

  test("leaves the log where it is when the new one cannot be moved there", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    rmSync(path);
    writeFileSync(`${path}-wal`, "what is left of a log");
    const partial = partialName(path, folder.path);
    const lose = ({ step }: { step: string }) => {
      if (step === "placing") rmSync(partial);
    };
    expect(() => restoreDatabase({ from: file, path, partial, nowMillis: NOW }, lose)).toThrow();
    expect(readdirSync(folder.path).toSorted()).toEqual(["b.db", "orchestrator.db-wal"]);
  });

  test("refuses a link that leads to nothing, and names it", async () => {
    using folder = testFolder();
    const { file } = await withBackup(folder);
    const link = folder.file("link.db");
    symlinkSync("elsewhere/x.db", link);
    expect(() => restore(link, file)).toThrow(DatabaseUnusable);
    expect(() => restore(link, file)).toThrow(`${link} is a link to elsewhere/x.db, where nothing is`);
  });
});

test("a restore gives the new database owner, group and mode of the old one", async () => {
  using folder = testFolder();
  const { path, file } = await withBackup(folder);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(path, 65_534, 65_533);
  chmodSync(path, 0o660);
  const { uid, gid } = statSync(path);
  restore(path, file);
  expect(statSync(path)).toMatchObject({ uid, gid });
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

describe("a restore from a copy in WAL mode", () => {
  test("leaves nothing beside it", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    script(file, "pragma journal_mode = wal");
    const before = contents(folder)["b.db"];
    restore(path, file);
    expect(readdirSync(folder.path).filter((name) => name.startsWith("b.db"))).toEqual(["b.db"]);
    expect(contents(folder)["b.db"]).toBe(before);
    expect(later(path)).toBe(0);
  });

  test("needs nothing but to read it", async () => {
    using disk = process.getuid?.() === 0 ? smallDisk(4 * 1024 * 1024) : null;
    if (disk === null) return;
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    script(file, "pragma journal_mode = wal");
    copyFileSync(file, disk.file("b.db"));
    disk.makeReadOnly();
    restore(path, disk.file("b.db"));
    expect(later(path)).toBe(0);
  });

  test("that somebody begins to write meanwhile puts nothing in place", async () => {
    using folder = testFolder();
    const { path, file } = await withBackup(folder);
    script(file, "pragma journal_mode = wal");
    const write = () => script(file, "insert into system_logs (component, message) values ('later', 'x')");
    expect(() => restore(path, file, write)).toThrow(
      /^another program writes to \S+: try again, or take another backup$/,
    );
    expect(later(path)).toBe(2);
  });
});
