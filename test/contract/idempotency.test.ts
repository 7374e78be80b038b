import { describe, expect, test } from "bun:test";
import { type KeptAnswer, KeyTaken } from "#src/database/idempotency.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { ENGINES } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, aWorkflow, endings, seed } from "./rows.ts";

const COMMAND = { key: "key", request: "request" };
const ANSWER: KeptAnswer = { status: 201, body: "{}", location: null, rowId: null };

/** Keeps what was written as the body. */
const asBody = (written: unknown): KeptAnswer => ({ ...ANSWER, body: JSON.stringify(written) });

/** Every insert of a command, on a store with `d1` and `a1`. */
const INSERTS: Readonly<Record<string, (db: DatabaseManager) => Promise<unknown>>> = {
  definition: (db) => db.orchestratorAgents.insert(aDefinition({ id: "d2" })),
  agent: (db) => db.agents.insert(anAgent({ id: "a2" })),
  prompt: (db) => db.prompts.insert(aPrompt(), 0.5),
  "agent logs": (db) => db.agentLogs.append([aLog(), aLog()]),
  "system log": (db) => db.systemLogs.append(aSystemLog()),
  workflow: (db) => db.workflows.insert(aWorkflow()),
  token: (db) =>
    db.tokens.insert({
      id: "t1",
      name: "laptop",
      scope: "read",
      prefix: "orc_t1",
      hash: "hash",
      created_at: at(0),
      last_used_at: null,
      expires_at: null,
    }),
};

/** All that commands have made. */
async function made(db: DatabaseManager): Promise<unknown> {
  const page = { limit: 10 };
  const lists = await Promise.all([
    db.orchestratorAgents.list({}, page),
    db.agents.list({}, page),
    db.prompts.list({}, page),
    db.agentLogs.list({}, page),
    db.systemLogs.list({}, page),
    db.workflows.list({}, page),
    db.tokens.list({}, page),
  ]);
  return lists.map(({ value }) => value);
}

describe.each([...ENGINES])("$name: commands with a key", (engine) => {
  test.each(Object.keys(INSERTS))("%s: is kept with its answer, and under its key never again", async (name) => {
    await using on = await engine.open();
    const { db } = on;
    await seed(db);
    expect(await db.idempotency.find(COMMAND)).toBeNull();
    const row = await INSERTS[name]!(db.idempotency.keeping(COMMAND, asBody));
    expect(await db.idempotency.find(COMMAND)).toEqual({ answer: asBody(row), isSame: true });
    expect(await db.idempotency.find({ ...COMMAND, request: "other" })).toMatchObject({ isSame: false });
    const before = [await made(db), await db.changes.state()];
    expect(await endings([INSERTS[name]!(db.idempotency.keeping(COMMAND, asBody))])).toEqual(["KeyTaken"]);
    expect([await made(db), await db.changes.state()]).toEqual(before);
  });

  test("all of an answer is kept", async () => {
    await using on = await engine.open();
    const answer = { status: 202, body: null, location: "/x/1", rowId: "1" };
    await on.db.idempotency.keep(COMMAND, answer);
    expect(await on.db.idempotency.find(COMMAND)).toEqual({ answer, isSame: true });
    await expect(on.db.idempotency.keep(COMMAND, answer)).rejects.toBeInstanceOf(KeyTaken);
  });

  test("what fails keeps no answer: the key is free for the next attempt of the same", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const keeping = on.db.idempotency.keeping(COMMAND, asBody);
    expect(await endings([keeping.orchestratorAgents.insert(aDefinition({ id: "d2", name: "d1" }))])).toEqual([
      "DecisionOutdated",
    ]);
    expect(await on.db.idempotency.find(COMMAND)).toBeNull();
    await keeping.orchestratorAgents.insert(aDefinition({ id: "d2" }));
    expect(await on.db.idempotency.find(COMMAND)).toMatchObject({ isSame: true });
  });

  test("where no answer can be kept nothing is written", async () => {
    await using on = await engine.open();
    const before = await on.db.changes.state();
    const broken = on.db.idempotency.keeping(COMMAND, () => {
      throw new Error("no answer");
    });
    await expect(broken.systemLogs.append(aSystemLog())).rejects.toThrow("no answer");
    expect(await on.db.changes.state()).toEqual(before);
    expect(await on.db.idempotency.find(COMMAND)).toBeNull();
  });

  test("a second write of the same command is no second use of its key", async () => {
    await using on = await engine.open();
    const keeping = on.db.idempotency.keeping(COMMAND, asBody);
    const first = await keeping.systemLogs.append(aSystemLog());
    await keeping.systemLogs.append(aSystemLog());
    expect(await on.db.idempotency.find(COMMAND)).toEqual({ answer: asBody(first), isSame: true });
  });

  test.each([false, true])("of many at the same time one is written (in two processes: %p)", async (apart) => {
    await using on = await engine.open();
    const other = apart ? await on.another() : on.db;
    const writes = Array.from({ length: 16 }, (_, index) =>
      (index % 2 === 0 ? on.db : other).idempotency
        .keeping(COMMAND, asBody)
        .systemLogs.append(aSystemLog({ message: `${index}` })),
    );
    const ends = await endings(writes);
    expect(ends.filter((end) => end === "done")).toHaveLength(1);
    expect(ends.filter((end) => end === "KeyTaken")).toHaveLength(15);
    const { value } = await on.db.systemLogs.list({}, { limit: 20 });
    expect(value.rows.map(({ message }) => message)).toEqual([`${ends.indexOf("done")}`]);
    expect(await other.idempotency.find(COMMAND)).toEqual({ answer: asBody(value.rows[0]), isSame: true });
  });

  test("keys leave nothing in the feed, and nothing is to be forgotten within a day", async () => {
    await using on = await engine.open();
    const before = await on.db.changes.state();
    await on.db.idempotency.keep(COMMAND, ANSWER);
    expect(await on.db.changes.state()).toEqual(before);
    expect(await on.db.idempotency.forget()).toBe(true);
    expect(await on.db.idempotency.find(COMMAND)).not.toBeNull();
  });
});
