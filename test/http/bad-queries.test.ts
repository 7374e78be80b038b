import { describe, expect, test } from "bun:test";
import { COMMAND_ROWS, COMMANDS } from "#test/support/commands.ts";
import { expectRefused, JSON_TYPE, type Refused } from "#test/support/refusal.ts";
import { prepare } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const LISTS = [
  "/api/agents",
  "/api/runtime/agents",
  "/api/runtime/sessions",
  "/api/runtime/prompts",
  "/api/runtime/logs",
  "/api/runtime/logs/agent/id-2",
  "/api/system/logs",
  "/api/runtime/workflows",
];
const WINDOWED = LISTS.filter((path) => path !== "/api/agents" && path !== "/api/runtime/workflows");
const OTHER_READS = [
  "/problems/conflict",
  "/api/agents/id-1",
  "/api/runtime/agents/id-2",
  "/api/runtime/sessions/s1",
  "/api/runtime/prompts/id-3",
  "/api/runtime/workflows/id-4",
  "/api/stats",
  "/api/events",
];
const DELETES = ["/api/agents/id-1", "/api/runtime/agents/id-2", "/api/runtime/prompts/id-3"];
const SOCKETS = ["/ws", "/ws/agent-status", "/ws/events"];
const UPGRADE = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

async function withRows(): Promise<TestApp> {
  const app = await testApp();
  await prepare(app, COMMAND_ROWS);
  return app;
}

const refuse = (app: TestApp, path: string, pointer: string, more: Partial<Refused> = {}) =>
  expectRefused(app, { name: pointer, method: "GET", path, code: "validation", pointer, ...more });

describe("an unknown query parameter is refused on every route", () => {
  const unknown = ["limt=5", "__proto__=1", "constructor=x", "Limit=5", "a%00b=1", "=x", "&="];

  for (const path of [...LISTS, ...OTHER_READS]) {
    test(`GET ${path}`, async () => {
      await using app = await withRows();
      for (const parameter of unknown) await refuse(app, `${path}?${parameter}`, "");
    });
  }

  for (const { method, path, least } of COMMANDS) {
    test(`${method} ${path}`, async () => {
      await using app = await withRows();
      const body = JSON.stringify({ ...least, ...(method === "POST" ? {} : { metadata: 1 }) });
      await refuse(app, `${path}?dry_run=true`, "dry_run", { method, body, headers: JSON_TYPE });
    });
  }

  for (const path of DELETES) {
    test(`DELETE ${path}`, async () => {
      await using app = await withRows();
      await refuse(app, `${path}?casacde=true`, "casacde", { method: "DELETE" });
    });
  }

  for (const path of SOCKETS) {
    test(`an upgrade of ${path}`, async () => {
      await using app = await withRows();
      await refuse(app, `${path}?type=agent`, "type", { headers: UPGRADE });
    });
  }
});

describe("limit is a whole number from 1 to 1000", () => {
  for (const path of [...LISTS, "/api/events"]) {
    test(path, async () => {
      await using app = await withRows();
      for (const limit of ["0", "1001", "-1", "abc", "", "1.5", "1e2", "+5", "0x10", "99999999999999999999", "5%00"]) {
        await refuse(app, `${path}?limit=${limit}`, "limit");
      }
      await refuse(app, `${path}?limit=1&limit=2`, "limit");
    });
  }
});

describe("a cursor that is not of this API is refused", () => {
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const cursors = [
    "",
    "abc",
    "%00",
    "%F0%9F%99%82",
    "x".repeat(5000),
    ...["null", "[]", "[1]", "[1,2,3]", '["a","b"]', '[1.5,"a"]', "[1,null]", '[1e400,"a"]', "[1,1.5]", '{"0":1}'].map(
      encode,
    ),
    encode("[".repeat(3000)),
  ];

  for (const path of LISTS) {
    test(path, async () => {
      await using app = await withRows();
      for (const cursor of cursors) await refuse(app, `${path}?cursor=${cursor}`, "cursor");
    });
  }

  test("one that was made by hand finds rows or none, and no error", async () => {
    await using app = await withRows();
    for (const path of LISTS) {
      const texts = ['[0,"a"]', '[-9007199254740991,""]', String.raw`[1,"\ud800\u0000"]`];
      const own = path.includes("/logs") ? ["[0,1]", "[9007199254740991,1]"] : texts;
      for (const text of own) expect((await app.raw(`${path}?cursor=${encode(text)}`)).status).toBe(200);
    }
  });

  test("one of a list whose ids are of another kind is refused", async () => {
    await using app = await withRows();
    for (const path of LISTS) {
      const other = path.includes("/logs") ? '[0,"a"]' : "[0,1]";
      await refuse(app, `${path}?cursor=${encode(other)}`, "cursor");
    }
  });

  test("probes of the service may add what they like", async () => {
    await using app = await testApp();
    for (const path of ["/?now=1", "/health?now=1"]) expect((await app.raw(path)).status).toBe(200);
  });
});

describe("since and until are RFC 3339 or a date", () => {
  const times = [
    "",
    "yesterday",
    "2026",
    "2026-02",
    "2026-13-01",
    "2026-02-05T10:30",
    "2026-02-05T25:00:00Z",
    "1770287400",
    "2026-02-05T10:30:00Z;",
    "20260205",
  ];

  for (const path of WINDOWED) {
    test(path, async () => {
      await using app = await withRows();
      for (const time of times) {
        await refuse(app, `${path}?since=${time}`, "since");
        await refuse(app, `${path}?until=${time}`, "until");
      }
      await refuse(app, `${path}?since=2026-02-05&since=2026-02-06`, "since");
    });
  }

  for (const path of ["/api/agents", "/api/runtime/workflows"]) {
    test(`${path} has no window`, async () => {
      await using app = await withRows();
      await refuse(app, `${path}?since=2026-02-05`, "since");
      await refuse(app, `${path}?until=2026-02-05`, "until");
    });
  }
});

describe("a filter takes only what it filters by", () => {
  const longId = "x".repeat(256);
  const many = Array.from({ length: 101 }, (_, index) => index).join(",");
  const cases: readonly [path: string, filter: string, ...wrong: readonly string[]][] = [
    ["/api/agents", "agent_type", "", "a,", ",", longId, many],
    ["/api/agents", "is_active", "", "1", "TRUE", "true,false"],
    ["/api/runtime/agents", "session_id", "", "a,,b", longId, many],
    ["/api/runtime/agents", "status", "", "running", "idle,running", "IDLE", "idle, waiting"],
    ["/api/runtime/agents", "orchestrator_agent_id", "", longId],
    ["/api/runtime/agents", "parent_agent_id", "", longId],
    ["/api/runtime/prompts", "agent_id", "", longId],
    ["/api/runtime/prompts", "session_id", "", longId],
    ["/api/runtime/prompts", "status", "in_progress", "pending,x"],
    ["/api/runtime/prompts", "prompt_type", "chat", "adw,chat"],
    ["/api/runtime/prompts", "model", "", longId],
    ["/api/runtime/logs", "level", "", "trace", "info,trace"],
    ["/api/runtime/logs", "log_type", "", "gossip", "ERROR"],
    ["/api/runtime/logs", "agent_id", "", longId],
    ["/api/runtime/logs", "session_id", "", longId],
    ["/api/runtime/logs/agent/id-2", "level", "trace"],
    ["/api/system/logs", "level", "trace"],
    ["/api/system/logs", "component", "", longId],
    ["/api/runtime/workflows", "status", "", "running"],
    ["/api/runtime/workflows", "workflow_type", "", longId],
    ["/api/events", "types", "", "agents", "agent,log"],
    ["/api/events", "session_id", "", longId],
    ["/api/events", "agent_id", "", longId],
    ["/api/events", "after", "", "-1", "abc", "1.5", "1e3", "9007199254740992", "1,2"],
    ["/api/events", "feed", "", longId],
  ];

  for (const [path, filter, ...wrong] of cases) {
    test(`${path}?${filter}`, async () => {
      await using app = await withRows();
      for (const value of wrong) await refuse(app, `${path}?${filter}=${encodeURIComponent(value)}`, filter);
      await refuse(app, `${path}?${filter}=${wrong[0]}&${filter}=x`, filter);
    });
  }

  for (const path of ["/api/agents", "/api/runtime/prompts", "/api/runtime/logs", "/api/system/logs"]) {
    test(`${path}?q is given once`, async () => {
      await using app = await withRows();
      await refuse(app, `${path}?q=a&q=b`, "q");
    });
  }

  test("cascade is true or false", async () => {
    await using app = await withRows();
    for (const value of ["", "1", "yes", "TRUE", "true&cascade=true"]) {
      await refuse(app, `/api/agents/id-1?cascade=${value}`, "cascade", { method: "DELETE" });
    }
  });
});

describe("a socket is not opened for a query that is not valid", () => {
  const wrong = ["after=-1", "after=abc", "after=", "after=1&after=2", "after=9007199254740992", "feed="];
  for (const path of SOCKETS) {
    test(path, async () => {
      await using app = await withRows();
      for (const query of wrong) await refuse(app, `${path}?${query}`, query.split("=")[0]!, { headers: UPGRADE });
    });
  }

  test("the filters of /ws/events", async () => {
    await using app = await withRows();
    for (const query of ["types=agents", "types=", "session_id=", "agent_id=a,"]) {
      await refuse(app, `/ws/events?${query}`, query.split("=")[0]!, { headers: UPGRADE });
    }
  });

  test("/ws/agent-status has no filters", async () => {
    await using app = await withRows();
    for (const filter of ["types", "session_id", "agent_id"]) {
      await refuse(app, `/ws/agent-status?${filter}=agent`, filter, { headers: UPGRADE });
    }
  });
});

test("a Last-Event-ID that is no seq is refused", async () => {
  await using app = await withRows();
  for (const id of ["abc", "-1", "1.5", "9007199254740992", "1 2"]) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": id };
    await refuse(app, "/api/events", "Last-Event-ID", { headers });
  }
});
