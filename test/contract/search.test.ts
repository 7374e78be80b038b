import { describe, expect, test } from "bun:test";
import type { AgentLogFilter } from "#src/domain/agent-log.ts";
import { matchesText, parseTextQuery } from "#src/domain/search-text.ts";
import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import { type Random, seededRandom } from "#test/support/random.ts";
import { ENGINES } from "./engines.ts";
import { aDefinition, aLog, anAgent, aPrompt, aSystemLog, at, pagesOf, seed } from "./rows.ts";

type Listed = { readonly id: string | number; readonly highlight?: string | undefined };

const WORDS = [
  ..."plan planner planning build timeout time out src app.ts error retry 42 x17".split(" "),
  ..."数据库连接失败 数据 连接超时 データベース 接続エラー 서버가 서버를 오류가 ฐานข้อมูล ข้อมูล".split(" "),
  ..."Ошибка ошибки ещё Größe grosse café خطأ البيانات त्रुटि डेटा ✅ <b> & —".split(" "),
];

function sentence(random: Random, most: number): string {
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(WORDS)).join(
    random.pick([" ", " ", ", ", "/"]),
  );
}

function typed(random: Random): string {
  const part = () => {
    const word = random.pick(WORDS);
    const some = word.slice(0, 1 + random.below(word.length));
    return random.pick([word, some, `"${word} ${random.pick(WORDS)}"`, `-${word}`, word.toUpperCase()]);
  };
  return Array.from({ length: 1 + random.below(2) }, part).join(" ");
}

const idsOf = (rows: readonly Listed[]) => rows.map(({ id }) => id);

/** Steps the index until there is nothing to do. */
async function indexAll(db: DatabaseManager): Promise<void> {
  while (!(await db.texts.step()).done);
}

describe.each([...ENGINES])("$name: search", (engine) => {
  test("finds the rows that hold what is searched for, through all pages", async () => {
    await using on = await engine.open();
    await seed(on.db);
    await on.db.agents.insert(anAgent({ id: "a2", session_id: "s2" }));
    const random = seededRandom(11);
    const rows = Array.from({ length: 400 }, () =>
      aLog({
        agent_id: random.pick(["a1", "a2"]),
        log_level: random.pick(["INFO", "ERROR"]),
        message: sentence(random, 6),
        details: random.pick([null, { note: sentence(random, 4) }, `${sentence(random, 2)}\n"x"`]),
        created_at: at(random.below(60)),
      }),
    );
    const written = await on.db.agentLogs.append(rows);
    const newestFirst = written.toSorted(
      (a, b) => Date.parse(b.created_at!) - Date.parse(a.created_at!) || b.id - a.id,
    );
    await indexAll(on.db);
    let found = 0;
    for (let round = 0; round < 120; round += 1) {
      const q = typed(random);
      const filter: AgentLogFilter = {
        q,
        ...random.pick([
          {},
          { agent_id: ["a2"] },
          { session_id: ["s1"], level: ["ERROR" as const] },
          { level: ["INFO" as const, "ERROR" as const] },
        ]),
      };
      const window = random.pick([
        {},
        {},
        { since: Date.parse(at(20)) },
        { since: Date.parse(at(10)), until: Date.parse(at(40)) },
      ]);
      const query = parseTextQuery(q);
      const expected = newestFirst.filter((row) => {
        const time = Date.parse(row.created_at!);
        const details =
          row.details === null ? [] : [JSON.stringify(row.details).replaceAll("\\n", "\n").replaceAll('\\"', '"')];
        return (
          (filter.agent_id?.includes(row.agent_id) ?? true) &&
          (filter.session_id === undefined || row.agent_id === "a1") &&
          (filter.level?.includes(row.log_level) ?? true) &&
          time >= (window.since ?? 0) &&
          time < (window.until ?? Number.MAX_SAFE_INTEGER) &&
          matchesText(query, [row.message, ...details])
        );
      });
      const pages = await pagesOf(
        (page) => on.db.agentLogs.list(filter, { ...page, ...window }),
        random.pick([7, 50, 1000]),
      );
      expect({ filter, window, found: idsOf(pages.flat()) }).toEqual({ filter, window, found: idsOf(expected) });
      found += expected.length;
    }
    expect(found).toBeGreaterThan(1000);
  });

  test.each<{
    list: string;
    q: string;
    write: (db: DatabaseManager) => Promise<unknown>;
    read: (db: DatabaseManager, q: string) => Promise<Read<Page<Listed>>>;
    highlight: string;
  }>([
    {
      list: "agent logs, their details",
      q: "numb",
      write: (db) => db.agentLogs.append([aLog({ details: { issue: "number \u00e9" } })]),
      read: (db, q) => db.agentLogs.list({ q }, { limit: 5 }),
      highlight: "{&quot;issue&quot;:&quot;<mark>number</mark> é&quot;}",
    },
    {
      list: "system logs",
      q: "went",
      write: (db) => db.systemLogs.append(aSystemLog({ message: "it went wrong" })),
      read: (db, q) => db.systemLogs.list({ q }, { limit: 5 }),
      highlight: "it <mark>went</mark> wrong",
    },
    ...(["prompt_text", "response_text", "prompt_name"] as const).map((field) => ({
      list: `prompts, their ${field}`,
      q: "needle",
      write: (db: DatabaseManager) => db.prompts.insert(aPrompt({ [field]: "a needle" }), 0),
      read: (db: DatabaseManager, q: string) => db.prompts.list({ q }, { limit: 5 }),
      highlight: "a <mark>needle</mark>",
    })),
    ...(["name", "description", "capabilities"] as const).map((field) => ({
      list: `definitions, their ${field}`,
      q: "needle",
      write: (db: DatabaseManager) => db.orchestratorAgents.insert(aDefinition({ id: "d2", [field]: "a needle" })),
      read: (db: DatabaseManager, q: string) => db.orchestratorAgents.list({ q }, { limit: 5 }),
      highlight: "a <mark>needle</mark>",
    })),
  ])("finds what was just written: $list", async ({ q, write, read, highlight }) => {
    await using on = await engine.open();
    await seed(on.db);
    expect((await read(on.db, q)).value.rows).toEqual([]);
    await write(on.db);
    const { value, seq } = await read(on.db, q);
    expect(value.rows).toMatchObject([{ highlight }]);
    expect(value.next).toBeNull();
    expect(seq).toBe((await on.db.changes.state()).headSeq);
  });

  test("follows what becomes of a row", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const find = async (q: string) => idsOf((await on.db.prompts.list({ q }, { limit: 5 })).value.rows);
    await on.db.prompts.insert(aPrompt({ prompt_text: "first question" }), 0);
    expect(await find("first")).toEqual(["p1"]);
    expect(await find("answer")).toEqual([]);
    const expected = { status: "pending" as const, cost_usd: null };
    await on.db.prompts.update("p1", expected, { response_text: "an answer", prompt_name: "first" }, 0);
    expect(await find("answer first")).toEqual(["p1"]);
    await on.db.prompts.update("p1", expected, { response_text: "another" }, 0);
    expect(await find("answer")).toEqual([]);
    await on.db.prompts.remove("p1");
    expect(await find("first")).toEqual([]);
    await indexAll(on.db);
    expect(await find("first")).toEqual([]);
  });

  test("rows carry no highlight when nothing is searched for, or only left out", async () => {
    await using on = await engine.open();
    await seed(on.db);
    await on.db.agentLogs.append([aLog({ message: "keep" }), aLog({ message: "drop" })]);
    expect((await on.db.agentLogs.list({}, { limit: 5 })).value.rows[0]).not.toHaveProperty("highlight");
    const { rows } = (await on.db.agentLogs.list({ q: "-drop" }, { limit: 5 })).value;
    expect(rows.map(({ message }) => message)).toEqual(["keep"]);
    expect(rows[0]).not.toHaveProperty("highlight");
  });

  test("a long word that many words begin with is found like any other", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const logs = Array.from({ length: 100 }, (_, number) =>
      aLog({ message: `worker${number} worked`, created_at: at(number) }),
    );
    await on.db.agentLogs.append([aLog({ message: "worm", created_at: at(200) }), ...logs]);
    const find = async (q: string) =>
      (await pagesOf((page) => on.db.agentLogs.list({ q }, page), 30)).flat().map(({ message }) => message);
    expect(await find("worker")).toEqual(logs.map(({ message }) => message).toReversed());
    expect(await find("worker9")).toHaveLength(11);
    expect(await find("worker99")).toEqual(["worker99 worked"]);
    expect(await find("worker worked")).toEqual([]);
    expect(await find('"worker5 worke"')).toEqual([]);
    expect(await find('"worker5 worke')).toEqual(["worker5 worked"]);
  });

  test("words that never meet end a page, and the walk goes on", async () => {
    await using on = await engine.open();
    await seed(on.db);
    const logs = Array.from({ length: 6_000 }, (_, number) =>
      aLog({ message: number % 2 === 0 ? "even steps" : "odd steps", created_at: at(number) }),
    );
    await on.db.agentLogs.append([aLog({ message: "even and odd", created_at: at(-1) })]);
    for (let from = 0; from < logs.length; from += 1_000) await on.db.agentLogs.append(logs.slice(from, from + 1_000));
    await indexAll(on.db);
    for (const q of ["even odd", "even -steps", '"even and"', '"and odd" even']) {
      const pages = await pagesOf((page) => on.db.agentLogs.list({ q }, page), 10);
      expect(pages.flat().map(({ message }) => message)).toEqual(["even and odd"]);
    }
    const pages = await pagesOf((page) => on.db.agentLogs.list({ q: "steps -even" }, page), 1000);
    expect(pages.flat()).toHaveLength(3_000);
  });

  test("a frequent word of an agent with few logs is found at once", async () => {
    await using on = await engine.open();
    await seed(on.db);
    await on.db.agents.insert(anAgent({ id: "a2" }));
    await on.db.agentLogs.append([aLog({ agent_id: "a2", message: "steps of a2", created_at: at(-1) })]);
    for (let from = 0; from < 3_000; from += 1_000) {
      await on.db.agentLogs.append(
        Array.from({ length: 1_000 }, (_, number) => aLog({ message: "steps", created_at: at(from + number) })),
      );
    }
    await indexAll(on.db);
    const { value } = await on.db.agentLogs.list({ q: "steps", agent_id: ["a2"] }, { limit: 10 });
    expect(value.rows.map(({ message }) => message)).toEqual(["steps of a2"]);
    expect(value.next).toBeNull();
  });

  test("two processes on one store index together, and each finds what either wrote", async () => {
    await using on = await engine.open();
    const other = await on.another();
    await seed(on.db);
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        (number % 2 === 0 ? on.db : other).agentLogs.append([aLog({ message: `shared ${number}` })]),
      ),
    );
    await Promise.all([indexAll(on.db), indexAll(other)]);
    for (const db of [on.db, other]) {
      expect((await db.agentLogs.list({ q: "shared" }, { limit: 100 })).value.rows).toHaveLength(20);
    }
  });
});
