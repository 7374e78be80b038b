import { describe, expect, test } from "bun:test";
import { type Change, createClient } from "#src/client/client.ts";
import { filterOf, isNarrowed, listLogs, type LogFilter, passes, queryOf, textOf } from "#src/ui/logs/log-filter.ts";
import { hrefOf } from "#src/ui/shell/route.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";

const filterAt = (query: string) => filterOf(new URLSearchParams(query));

describe("a filter stands in the address", () => {
  test.each<[string, LogFilter]>([
    ["", { kind: "agent" }],
    ["kind=system&level=ERROR&component=feed,http", { kind: "system", level: ["ERROR"], component: ["feed", "http"] }],
    [
      "level=INFO,error&type=tool_call&q=a+b",
      { kind: "agent", level: ["INFO", "error"], type: ["tool_call"], q: "a b" },
    ],
    [
      "agent=x&session=y&since=2026-02-05&until=2026-02-06T10:30:00Z",
      {
        kind: "agent",
        agent: ["x"],
        session: ["y"],
        since: "2026-02-05",
        until: "2026-02-06T10:30:00Z",
      },
    ],
    ["kind=other&level=&q=&unknown=1&level=", { kind: "agent" }],
    // The other kind of logs has no such thing.
    ["kind=system&type=error&agent=a&session=s", { kind: "system" }],
    ["component=http&level=,,INFO,", { kind: "agent", level: ["INFO"] }],
  ])("%s", (query, filter) => {
    expect(filterAt(query)).toEqual(filter);
    const href = hrefOf("logs", queryOf(filter));
    expect(filterAt(href.split("?")[1] ?? "")).toEqual(filter);
  });

  test("and two that show the same have the same text", () => {
    expect(textOf(filterAt("q=a&level=INFO"))).toBe(textOf(filterAt("level=INFO&q=a&kind=agent")));
    expect(textOf(filterAt("q=a"))).not.toBe(textOf(filterAt("q=b")));
    expect([isNarrowed(filterAt("kind=system")), isNarrowed(filterAt("q=a"))]).toEqual([false, true]);
  });
});

const FILTERS: readonly string[] = [
  "",
  "level=ERROR",
  "level=error,INFO",
  "type=tool_call",
  "type=tool_call,error&level=INFO",
  "agent=AGENT",
  "agent=AGENT,nobody",
  "agent=nobody",
  "session=one",
  "session=one,two&level=WARNING",
  "since=2026-02-05T10:00:00.000Z",
  "until=2026-02-05T10:00:00Z",
  "since=2026-02-05&until=2026-02-06",
  "since=2026-02-05T10:00:00&until=2026-02-05T10:00:00.001",
  "since=2026-02-05T11:00:00%2B01:00",
  "until=2026-02-05T09:59:59.999Z",
  "kind=system",
  "kind=system&level=WARNING",
  "kind=system&component=http",
  "kind=system&component=http,feed&since=2026-02-05",
];

test("what passes of the feed is what the server lists", async () => {
  await using server = await testServer();
  const client = createClient({ url: server.url });
  const { id: orchestrator_agent_id } = await client.createOrchestratorAgent({ name: "d", agent_type: "builder" });
  const agents = await Promise.all(
    ["one", "two"].map((session_id) => client.createRuntimeAgent({ orchestrator_agent_id, session_id })),
  );
  await client.createAgentLogs(
    agents.flatMap(({ id }) =>
      (["INFO", "WARNING", "ERROR"] as const).flatMap((log_level) =>
        (["tool_call", "error", "milestone"] as const).map((log_type) => {
          return { agent_id: id, log_level, log_type, message: `${log_level} ${log_type}` };
        }),
      ),
    ),
  );
  await client.createSystemLog({ component: "http", message: "one" });
  await client.createSystemLog({ component: "feed", message: "two", log_level: "WARNING" });
  runSql(
    server.path,
    `insert into agent_logs (agent_id, log_level, log_type, message, created_at) values
      ('${agents[0]!.id}', 'INFO', 'milestone', 'another program', '2026-02-05 10:00:00'),
      ('${agents[0]!.id}', 'INFO', 'milestone', 'before', '2026-02-05T09:59:59.999Z'),
      ('${agents[1]!.id}', 'INFO', 'milestone', 'the next day', '2026-02-06T00:00:00.000'),
      ('${agents[1]!.id}', 'ERROR', 'error', 'no time', 'sometime')`,
  );
  const { events } = await client.listEvents({ after: 0, limit: 1000 });
  for (const query of FILTERS) {
    const filter = filterAt(query.replace("AGENT", agents[0]!.id));
    const passing = (events as Change[]).filter((change) => passes(filter, change)).map(({ id }) => Number(id));
    const { rows } = await listLogs(client, filter, { limit: 1000, cursor: null });
    expect({ query, ids: passing.toSorted((a, b) => a - b) }).toEqual({
      query,
      ids: rows.map(({ id }) => id).toSorted((a, b) => a - b),
    });
  }
  expect((events as Change[]).filter((change) => passes({ kind: "agent" }, change))).toHaveLength(22);
});
