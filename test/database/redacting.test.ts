import { describe, expect, test } from "bun:test";
import { redacting } from "#src/database/redacting.ts";
import { DecisionOutdated } from "#src/database/manager.ts";
import { createRedactor } from "#src/domain/redact.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, aWorkflow } from "#test/contract/rows.ts";
import { storedRows, testDatabase } from "#test/support/database.ts";

const SECRET = ["glpat-", "00000000001111111111"].join("");
const MARK = "[redacted:gitlab_token]";
const WRITTEN = `see ${SECRET}`;
const KEPT = `see ${MARK}`;

async function redactingDatabase() {
  const opened = await testDatabase();
  return {
    db: redacting(opened.db, createRedactor()),
    inner: opened.db,
    path: opened.path,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

const headOf = async ({ inner }: Awaited<ReturnType<typeof redactingDatabase>>) =>
  (await inner.changes.state()).headSeq;

describe("what is inserted is redacted, and comes back as it is stored", () => {
  test("a definition", async () => {
    await using on = await redactingDatabase();
    const row = aDefinition({
      name: WRITTEN,
      description: WRITTEN,
      agent_type: SECRET,
      capabilities: WRITTEN,
      default_model: WRITTEN,
      config: { note: WRITTEN },
      metadata: { a: [WRITTEN] },
    });
    const stored = await on.db.orchestratorAgents.insert(row);
    expect(stored).toEqual({
      ...row,
      name: KEPT,
      description: KEPT,
      agent_type: MARK,
      capabilities: KEPT,
      default_model: KEPT,
      config: { note: KEPT },
      metadata: { a: [KEPT] },
    });
    expect((await on.db.orchestratorAgents.get("d1")).value).toEqual(stored);
    expect(await on.db.orchestratorAgents.findByName(WRITTEN)).toEqual(stored);
  });

  test("what a session is configured with", async () => {
    await using on = await redactingDatabase();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent());
    expect((await on.db.sessions.configure("s1", { a: [WRITTEN], max_cost_usd: 1 }, 0)).config).toEqual({
      a: [KEPT],
      max_cost_usd: 1,
    });
    expect(storedRows(on.path)["orchestrator_session_configs"]).toMatchObject([{ session_id: "s1" }]);
    expect((await on.db.sessions.get("s1", 1)).value!.session.config).toEqual({ a: [KEPT], max_cost_usd: 1 });
  });

  test("an agent; ids stay, whatever they look like", async () => {
    await using on = await redactingDatabase();
    await on.db.orchestratorAgents.insert(aDefinition({ id: SECRET, name: "d" }));
    const row = anAgent({
      orchestrator_agent_id: SECRET,
      session_id: WRITTEN,
      name: WRITTEN,
      external_id: WRITTEN,
      context: WRITTEN,
      config: { password: "x" },
      metadata: [SECRET],
      error_message: WRITTEN,
    });
    const stored = await on.db.agents.insert(row);
    expect(stored).toEqual({
      ...row,
      session_id: KEPT,
      name: KEPT,
      external_id: KEPT,
      context: KEPT,
      config: { password: "[redacted:password]" },
      metadata: [MARK],
      error_message: KEPT,
    });
    expect(await on.db.agents.findByExternalId(WRITTEN)).toEqual(stored);
  });

  test("a prompt, its cost booked", async () => {
    await using on = await redactingDatabase();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent());
    const texts = { prompt_name: WRITTEN, prompt_text: WRITTEN, response_text: WRITTEN, model_used: WRITTEN };
    const row = aPrompt({ ...texts, error_message: WRITTEN, cost_usd: 0.5 });
    const kept = { prompt_name: KEPT, prompt_text: KEPT, response_text: KEPT, model_used: KEPT, error_message: KEPT };
    expect(await on.db.prompts.insert(row, 0.5)).toEqual({ ...row, ...kept });
    expect((await on.db.agents.get("a1")).value).toMatchObject({ cost_usd: 0.5 });
  });

  test("logs, in order", async () => {
    await using on = await redactingDatabase();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent());
    const given = [aLog({ message: WRITTEN }), aLog({ message: "plain" }), aLog({ details: { a: WRITTEN } })];
    expect(await on.db.agentLogs.append(given)).toEqual([
      { id: 1, ...given[0]!, message: KEPT },
      { id: 2, ...given[1]! },
      { id: 3, ...given[2]!, details: { a: KEPT } },
    ]);
    const log = aSystemLog({ component: WRITTEN, message: WRITTEN, details: WRITTEN });
    expect(await on.db.systemLogs.append(log)).toEqual({
      id: 1,
      ...log,
      component: KEPT,
      message: KEPT,
      details: KEPT,
    });
  });

  test("a workflow", async () => {
    await using on = await redactingDatabase();
    const kept = {
      adw_name: KEPT,
      workflow_type: KEPT,
      description: KEPT,
      current_step: KEPT,
      input_data: { a: KEPT },
      output_data: [KEPT],
      error_message: KEPT,
      error_step: KEPT,
      metadata: KEPT,
    };
    const given = JSON.parse(JSON.stringify(kept).replaceAll(MARK, SECRET)) as typeof kept;
    const row = aWorkflow(given);
    expect(await on.db.workflows.insert(row)).toEqual({ ...row, ...kept });
  });

  test("the name of a token", async () => {
    await using on = await redactingDatabase();
    const token = { id: "t1", scope: "read", prefix: "orc_", created_at: at(0), last_used_at: null } as const;
    const stored = await on.db.tokens.insert({ ...token, name: WRITTEN, expires_at: null, hash: "00" });
    expect(stored).toEqual({ ...token, name: KEPT, expires_at: null });
    expect((await on.db.tokens.credentials())[0]).toMatchObject({ name: KEPT, hash: "00" });
  });
});

describe("what is updated is redacted", () => {
  async function withRows() {
    const on = await redactingDatabase();
    await on.db.orchestratorAgents.insert(aDefinition());
    await on.db.agents.insert(anAgent());
    await on.db.prompts.insert(aPrompt(), 0);
    await on.db.workflows.insert(aWorkflow());
    return on;
  }
  type Opened = Awaited<ReturnType<typeof withRows>>;
  const updated_at = at(9);
  const pending = { status: "pending", cost_usd: null } as const;
  const initializing = { status: "initializing" } as const;

  const UPDATES: readonly (readonly [what: string, update: (on: Opened) => Promise<object>, kept: object])[] = [
    [
      "a definition",
      ({ db }) => db.orchestratorAgents.update("d1", { name: WRITTEN, metadata: { a: WRITTEN }, updated_at }),
      { name: KEPT, metadata: { a: KEPT } },
    ],
    [
      "an agent",
      ({ db }) => db.agents.update("a1", initializing, { set: { name: WRITTEN, updated_at }, transition: null }, null),
      { name: KEPT },
    ],
    ["a prompt", ({ db }) => db.prompts.update("p1", pending, { response_text: WRITTEN }, 0), { response_text: KEPT }],
    [
      "a workflow",
      ({ db }) => db.workflows.update("w1", { status: "pending" }, { output_data: [WRITTEN], updated_at }),
      { output_data: [KEPT] },
    ],
  ];

  test.each(UPDATES.map(([what, update, kept]) => ({ what, update, kept })))("$what", async ({ update, kept }) => {
    await using on = await withRows();
    const before = await headOf(on);
    const first = await update(on);
    expect(first).toMatchObject(kept);
    expect(await headOf(on)).toBe(before + 1);
    expect(await update(on)).toEqual(first);
    expect(await headOf(on)).toBe(before + 1);
  });

  test("with another change beside the same secret it is written", async () => {
    await using on = await withRows();
    await on.db.prompts.update("p1", pending, { response_text: WRITTEN }, 0);
    const row = await on.db.prompts.update("p1", pending, { response_text: WRITTEN, latency_ms: 5 }, 0);
    expect(row).toMatchObject({ response_text: KEPT, latency_ms: 5 });
  });

  test("an unknown row is outdated as ever", async () => {
    await using on = await withRows();
    const update = on.db.prompts.update("none", pending, { response_text: WRITTEN }, 0);
    expect(await update.catch((error: unknown) => error)).toBeInstanceOf(DecisionOutdated);
  });

  test("the log of a change too", async () => {
    await using on = await withRows();
    const transition = { from: "initializing", to: "failed" } as const;
    const set = { status: "failed", error_message: WRITTEN, updated_at } as const;
    await on.db.agents.update("a1", initializing, { set, transition }, aLog({ details: { error: WRITTEN } }));
    expect(JSON.stringify(storedRows(on.path))).not.toContain(SECRET);
    expect((await on.db.agentLogs.list({}, { limit: 1 })).value.rows[0]).toMatchObject({ details: { error: KEPT } });
  });
});

test("a long row lets others go on", async () => {
  await using on = await redactingDatabase();
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const message = `${"the plan of the day; ".repeat(380_000)}${SECRET}`;
  const stored = await on.db.systemLogs.append(aSystemLog({ message, details: null }));
  isDone = true;
  expect(stored.message).toEndWith(MARK);
  expect(turns).toBeGreaterThan(5);
});
