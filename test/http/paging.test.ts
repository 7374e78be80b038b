import { describe, expect, test } from "bun:test";
import { agent, definition } from "#test/support/given.ts";
import type { Json } from "#test/support/json.ts";
import { advance, get, prepare, runSql, send, sql, type Step } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

/** Follows `Link` from a list to its end; returns the pages. */
async function readPages(app: TestApp, path: string): Promise<Json[][]> {
  const pages: Json[][] = [];
  for (let next: string | undefined = path; next !== undefined && pages.length < 100;) {
    const { status, body, headers } = await send(app, get(next));
    expect(status).toBe(200);
    pages.push(body);
    next = /^<(.+)>; rel="next"$/.exec(headers.get("Link") ?? "")?.[1];
  }
  return pages;
}

/** `n` from 1 to `count`. */
const numbers = (count: number) =>
  `with recursive c (n) as (select 1 union all select n + 1 from c where n < ${count})`;
/** 25 rows at three times: ten, ten and five share one. */
const time = "'2026-02-05T10:30:0' || (n / 10)";

const AGENTS: readonly Step[] = [
  definition(),
  sql(`insert into agents (id, orchestrator_agent_id, session_id, status, started_at)
       ${numbers(25)} select 'a' || n, 'id-1', 's' || n, 'executing', ${time} from c`),
];
const AGENT: readonly Step[] = [definition(), agent({ session_id: "s" })];

const LISTS: readonly { path: string; given: readonly Step[]; id?: string; order?: string }[] = [
  {
    path: "/api/agents?limit=7",
    order: "created_at",
    given: [
      sql(`insert into orchestrator_agents (id, name, agent_type, created_at)
                 ${numbers(25)} select 'd' || n, 'n' || n, 'skill', ${time} from c`),
    ],
  },
  { path: "/api/runtime/agents?limit=7", order: "started_at", given: AGENTS },
  { path: "/api/runtime/agents?limit=7&status=executing", order: "started_at", given: AGENTS },
  { path: "/api/runtime/agents?limit=7&status=executing,idle", order: "started_at", given: AGENTS },
  {
    path: "/api/runtime/sessions?limit=7",
    order: "last_activity_at",
    id: "session_id",
    given: [...AGENTS, sql("update orchestrator_sessions set last_ms = first_ms")],
  },
  {
    path: "/api/runtime/prompts?limit=7&session_id=s",
    order: "created_at",
    given: [
      ...AGENT,
      sql(`insert into prompts (id, agent_id, prompt_type, prompt_text, created_at)
           ${numbers(25)} select 'p' || n, 'id-2', 'adw', 't', ${time} from c`),
    ],
  },
  {
    path: "/api/runtime/logs?limit=7",
    order: "created_at",
    given: [
      ...AGENT,
      sql(`insert into agent_logs (agent_id, log_type, message, created_at)
           ${numbers(25)} select 'id-2', 'error', 'm', ${time} from c`),
    ],
  },
  {
    path: "/api/runtime/logs/agent/id-2?limit=7&q=m",
    order: "created_at",
    given: [
      ...AGENT,
      sql(`insert into agent_logs (agent_id, log_type, message, created_at)
           ${numbers(25)} select 'id-2', 'error', 'm', ${time} from c`),
    ],
  },
  {
    path: "/api/system/logs?limit=7",
    order: "created_at",
    given: [
      sql(`insert into system_logs (component, message, created_at) ${numbers(25)} select 'c', 'm', ${time} from c`),
    ],
  },
  {
    path: "/api/runtime/workflows?limit=7",
    order: "created_at",
    given: [
      sql(`insert into ai_developer_workflows (id, adw_name, workflow_type, created_at)
                 ${numbers(25)} select 'w' || n, 'a', 't', ${time} from c`),
    ],
  },
];

describe("Link leads through a whole list, each row once and in order, ties in time included", () => {
  for (const { path, given, id = "id", order = "created_at" } of LISTS) {
    test(path, async () => {
      await using app = await testApp();
      await prepare(app, given);
      const pages = await readPages(app, path);
      expect(pages.map(({ length }) => length)).toEqual([7, 7, 7, 4]);
      const rows = pages.flat();
      expect(new Set(rows.map((row) => row[id])).size).toBe(25);
      const before = (a: Json, b: Json) => a[order] > b[order] || (a[order] === b[order] && a[id] > b[id]);
      for (const [index, row] of rows.slice(1).entries()) expect(before(rows[index], row)).toBe(true);
    });
  }
});

describe("Link", () => {
  test("is absent when the last page is just full", async () => {
    await using app = await testApp();
    await prepare(app, LISTS[0]!.given);
    const { headers, body } = await send(app, get("/api/agents?limit=25"));
    expect(body).toHaveLength(25);
    expect(headers.get("Link")).toBeNull();
  });

  test("keeps the filters of the request", async () => {
    await using app = await testApp();
    await prepare(app, LISTS[0]!.given);
    const { headers } = await send(app, get("/api/agents?agent_type=skill,b%C3%BC&q=n&limit=2"));
    const link = new URL(/^<(.+)>/.exec(headers.get("Link")!)![1]!, "http://localhost");
    expect(link.pathname).toBe("/api/agents");
    expect(link.searchParams.get("agent_type")).toBe("skill,bü");
    expect(link.searchParams.get("q")).toBe("n");
    expect(link.searchParams.get("limit")).toBe("2");
    expect([...link.searchParams.keys()].toSorted()).toEqual(["agent_type", "cursor", "limit", "q"]);
  });

  test("goes on behind rows that came or went in between", async () => {
    await using app = await testApp();
    await prepare(app, LISTS[0]!.given);
    const first = await send(app, get("/api/agents?limit=3"));
    const last = first.body.at(-1).id;
    runSql(app.path, `delete from orchestrator_agents where id = '${last}'`);
    await prepare(app, [advance(60_000), definition()]);
    const next = /^<(.+)>/.exec(first.headers.get("Link")!)![1]!;
    const second = await send(app, get(next));
    const all = await send(app, get("/api/agents"));
    const seen = [...first.body, ...second.body].map(({ id }: { id: string }) => id);
    const expected = all.body.map(({ id }: { id: string }) => id).slice(1);
    expect(seen.filter((id) => id !== last)).toEqual(expected.slice(0, 5));
  });

  test("a window holds for every page", async () => {
    await using app = await testApp();
    await prepare(app, LISTS.at(-2)!.given);
    const pages = await readPages(
      app,
      "/api/system/logs?since=2026-02-05T10:30:01Z&until=2026-02-05T10:30:02Z&limit=4",
    );
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(pages.flat().every((row) => row.created_at === "2026-02-05T10:30:01.000Z")).toBe(true);
  });
});

test("limit is 100 unless told, and 1000 at most", async () => {
  await using app = await testApp();
  runSql(app.path, `insert into system_logs (component, message) ${numbers(1001)} select 'c', 'm' from c`);
  expect((await readPages(app, "/api/system/logs"))[0]).toHaveLength(100);
  expect((await readPages(app, "/api/system/logs?limit=1000")).map(({ length }) => length)).toEqual([1000, 1]);
});

test("a request examines at most 10,000 rows: its page may be empty while Link goes on", async () => {
  await using app = await testApp();
  runSql(
    app.path,
    `insert into system_logs (component, log_level, message)
     ${numbers(10_005)} select 'x', case when n <= 2 or n = 10000 then 'ERROR' else 'INFO' end, 'm' from c`,
  );
  const pages = await readPages(app, "/api/system/logs?component=x&level=ERROR");
  // On a slow machine a page ends earlier still.
  expect(pages.length).toBeGreaterThanOrEqual(2);
  expect(pages.filter((rows) => rows.length > 0).map((rows) => rows.map(({ id }) => id))).toEqual([[10_000], [2, 1]]);
  const none = await readPages(app, "/api/system/logs?component=x&level=DEBUG");
  expect(none.length).toBeGreaterThanOrEqual(2);
  expect(none.flat()).toEqual([]);
});

test("a page ends at about 4 MB", async () => {
  await using app = await testApp();
  await prepare(app, AGENT);
  runSql(
    app.path,
    `insert into prompts (id, agent_id, prompt_type, prompt_text)
     ${numbers(5)} select 'p' || n, 'id-2', 'adw', hex(zeroblob(1000000)) from c`,
  );
  const pages = await readPages(app, "/api/runtime/prompts");
  expect(pages.map((rows) => rows.map(({ id }) => id))).toEqual([["p5", "p4"], ["p3", "p2"], ["p1"]]);
});

test("a row longer than a page comes alone", async () => {
  await using app = await testApp();
  runSql(
    app.path,
    `insert into system_logs (component, message) ${numbers(2)} select 'c', hex(zeroblob(2500000)) from c`,
  );
  expect((await readPages(app, "/api/system/logs")).map(({ length }) => length)).toEqual([1, 1]);
});

test("a time that cannot be read is null, last in the list and in no window", async () => {
  await using app = await testApp();
  runSql(
    app.path,
    `insert into system_logs (component, message, created_at)
     values ('c', 'unreadable', 'yesterday'), ('c', 'old', '1999-12-31 23:59:59'), ('c', 'zoned', '2026-02-05T10:30:00+02:00')`,
  );
  const { body } = await send(app, get("/api/system/logs"));
  expect(body.map(({ message, created_at: at }: Json) => [message, at])).toEqual([
    ["zoned", "2026-02-05T08:30:00.000Z"],
    ["old", "1999-12-31T23:59:59.000Z"],
    ["unreadable", null],
  ]);
  const window = await send(app, get("/api/system/logs?until=2027-01-01"));
  expect(window.body.map(({ message }: Json) => message)).toEqual(["zoned", "old"]);
});

describe("since and until take RFC 3339 or a date", () => {
  const bounds = [
    "2026-02-05T10:30:01Z",
    "2026-02-05t10:30:01.000z",
    "2026-02-05T11:30:01+01:00",
    "2026-02-05T11:30:01 01:00",
    "2026-02-05T09:00:01.0-01:30",
  ];
  for (const bound of bounds) {
    test(bound, async () => {
      await using app = await testApp();
      const rows = ["10:30:00.999", "10:30:01.000", "10:30:01.001"].map((at) => `('${at}', 'm', '2026-02-05T${at}')`);
      runSql(app.path, `insert into system_logs (component, message, created_at) values ${rows.join(", ")}`);
      const query = encodeURIComponent(bound);
      const since = await send(app, get(`/api/system/logs?since=${query}`));
      expect(since.body.map(({ id }: Json) => id)).toEqual([3, 2]);
      const until = await send(app, get(`/api/system/logs?until=${query}`));
      expect(until.body.map(({ id }: Json) => id)).toEqual([1]);
    });
  }

  test("a date is its midnight in UTC; a + may stand as it is", async () => {
    await using app = await testApp();
    runSql(
      app.path,
      "insert into system_logs (component, message, created_at) values ('c', 'm', '2026-02-04 23:59:59'), ('c', 'm', '2026-02-05 00:00:00')",
    );
    for (const bound of ["2026-02-05", "2026-02-05T02:00:00+02:00"]) {
      expect((await send(app, get(`/api/system/logs?since=${bound}`))).body).toMatchObject([{ id: 2 }]);
      expect((await send(app, get(`/api/system/logs?until=${bound}`))).body).toMatchObject([{ id: 1 }]);
    }
  });
});
