import { Database } from "bun:sqlite";
import { beforeAll, expect, test } from "bun:test";
import { openOnce, script, testDatabase } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { planFaults, planOf, preparedBy, triggerStatements } from "#test/support/plans.ts";
import { runEveryQuery } from "./every-query.ts";

/** What may be, and why: everything else in a plan that goes through a growing table, or sorts rows of it, is a fault. */
const ALLOWED: readonly { readonly statement: RegExp; readonly faults: RegExp; readonly why: string }[] = [
  {
    statement: /^\s*select id, orchestrator_agent_id, .* from agents where rowid in \(/s,
    faults: /^USE TEMP B-TREE FOR ORDER BY$/,
    why: "the snapshot of current agents sorts at most `limit` of each status",
  },
  {
    statement: /^select id, orchestrator_agent_id, .* from agents where id in \(/s,
    faults: /^USE TEMP B-TREE FOR ORDER BY$/,
    why: "the board sorts the few agents that were asked for by id",
  },
  {
    statement: /from ai_developer_workflows where orchestrator_agent_id = \$id\) w$/,
    faults: /^count\($/,
    why: "how many workflows refer to a definition is part of an error's text; an index is counted",
  },
  {
    statement: /^select count\(\*\) as n from \(select 1 from \w+ t where .* limit \$most \+ 0\)$/,
    faults: /^count\($/,
    why: "counted to a bound",
  },
  {
    statement: /(from|join) orchestrator_sessions t /,
    faults: /^count\($/,
    why: "silent agents of a session are counted in an index of those alone",
  },
  { statement: /from changes order by seq limit/, faults: /^SCAN changes$/, why: "only the first ones are read" },
  {
    statement: /^select d\.document >> 22 as doc_ms/,
    faults: /^USE TEMP B-TREE FOR LAST TERM OF ORDER BY$/,
    why: "a search goes by number of document: rows of one millisecond are sorted",
  },
];

/** Triggers may add up what belongs to one agent. */
const IN_TRIGGERS = /^USE TEMP B-TREE FOR GROUP BY$|^count\($/i;

let statements: string[] = [];

beforeAll(async () => {
  statements = await preparedBy(async () => {
    await using on = await testDatabase();
    await runEveryQuery(on.db);
  });
});

/** Faults by statement, without what is allowed. */
function faultsOn(path: string): Record<string, string[]> {
  using db = new Database(path, { readonly: true });
  const ofStatement = (sql: string) => {
    const allowed = ALLOWED.filter(({ statement }) => statement.test(sql));
    return planFaults(db, sql).filter((fault) => !allowed.some(({ faults }) => faults.test(fault)));
  };
  const ofTrigger = (sql: string) => planFaults(db, sql).filter((fault) => !IN_TRIGGERS.test(fault));
  return Object.fromEntries(
    [
      ...statements.map((sql): [string, string[]] => [sql, ofStatement(sql)]),
      ...triggerStatements(path).map((sql): [string, string[]] => [sql, ofTrigger(sql)]),
    ].filter(([, faults]) => faults.length > 0),
  );
}

/** Walks that do not go down an index on (their column, time). */
function wrongWalksOn(path: string): Record<string, string[]> {
  using db = new Database(path, { readonly: true });
  const walks = statements.flatMap((sql) => {
    const [, column, time] = /t\.(\w+) = \$equal0 and t\.(\w+_ms) [=<]/.exec(sql) ?? [];
    return column === undefined ? [] : [{ sql, seek: `(${column}=? AND ${time}` }];
  });
  expect(walks.length).toBeGreaterThan(100);
  return Object.fromEntries(
    walks
      .map(({ sql, seek }): [string, string[]] => [
        sql,
        planOf(db, sql).filter((detail) => detail.startsWith("SEARCH t") && !detail.includes(seek)),
      ])
      .filter(([, wrong]) => wrong.length > 0),
  );
}

/** Rows that give the planner every reason to prefer another index: one session, one definition, one status. */
const SKEWED = `
  insert into orchestrator_agents (id, name, agent_type) values ('d1', 'd1', 'planner');
  with recursive n (i) as (select 1 union all select i + 1 from n where i < 500)
    insert into agents (id, orchestrator_agent_id, session_id, status, started_at)
    select 'a' || i, 'd1', 's1', 'completed', datetime('2026-02-05', i || ' seconds') from n;
  insert into prompts (id, agent_id, prompt_type, prompt_text, status, model_used, created_at)
    select 'p' || id, id, 'command', 'plan', 'completed', 'small', started_at from agents;
  insert into agent_logs (agent_id, log_level, log_type, message, created_at)
    select 'a1', 'INFO', 'milestone', 'done', started_at from agents;
  insert into system_logs (log_level, component, message, created_at) select 'INFO', 'feed', 'up', started_at from agents;
  insert into ai_developer_workflows (id, orchestrator_agent_id, adw_name, workflow_type, status, created_at)
    select 'w' || id, 'd1', 'adw', 'sdlc', 'completed', started_at from agents;
  analyze`;

const FILES = [
  { file: "a new file", sql: "select 1" },
  { file: "a file whose rows are all alike, with the statistics of ANALYZE", sql: SKEWED },
];

test.each(FILES)("every walk goes down its own index, in $file", async ({ sql }) => {
  using folder = testFolder();
  const path = folder.file("plans.db");
  await openOnce(path);
  script(path, sql);
  expect(wrongWalksOn(path)).toEqual({});
});

test.each(FILES)("every statement only seeks and walks once the store is opened on $file", async ({ sql }) => {
  using folder = testFolder();
  const path = folder.file("plans.db");
  await openOnce(path);
  script(path, sql);
  await openOnce(path);
  expect(statements.length).toBeGreaterThan(300);
  expect(faultsOn(path)).toEqual({});
});

test("what is allowed is still there", () => {
  const unused = ALLOWED.filter(({ statement }) => !statements.some((sql) => statement.test(sql)));
  expect(unused.map(({ why }) => why)).toEqual([]);
});

test.each([
  ["select * from agents", "SCAN agents"],
  ["select * from (select 1) cross join prompts p where p.status = 'failed' and +p.id > ''", null],
  ["select * from prompts p where p.tokens_input > 0", "SCAN p"],
  ["select id from agent_logs where log_level = 'ERROR' order by message", "USE TEMP B-TREE FOR ORDER BY"],
  ["select agent_id from agent_logs where log_level = 'INFO' group by agent_id", "USE TEMP B-TREE FOR GROUP BY"],
  ["select id from agents where session_id = 's' order by started_ms limit 1 offset 9999", "offset"],
  ["select count(*) from system_logs where log_level = 'INFO'", "count("],
  ["select distinct entity from changes where seq > 5", "distinct"],
  ["update ai_developer_workflows set status = 'failed' where adw_name = $name", "SCAN ai_developer_workflows"],
  ["delete from changes where at_ms < $before", "SCAN changes"],
  ["select * from orchestrator_sessions where first_ms < 5", "SCAN orchestrator_sessions"],
])("a planted fault is seen: %s", async (sql, fault) => {
  await using on = await testDatabase();
  using db = new Database(on.path, { readonly: true });
  const faults = planFaults(db, sql);
  if (fault === null) expect(faults).toEqual([]);
  else expect(faults).toContain(fault);
});

test("a trigger's statements are seen", async () => {
  await using on = await testDatabase();
  script(
    on.path,
    `create trigger planted after insert on system_logs begin
       update agents set name = new.component where name = new.message;
     end`,
  );
  expect(Object.values(faultsOn(on.path))).toEqual([["SCAN agents"]]);
});
