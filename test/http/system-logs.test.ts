import { NOW, systemLog } from "#test/support/given.ts";
import { advance, get, post, runScenarios, type Scenario } from "#test/support/scenario.ts";

const PATH = "/api/system/logs";

runScenarios("POST /api/system/logs", [
  {
    name: "component and message are enough; the level is INFO",
    request: post(PATH, { component: "scheduler", message: "Started" }),
    status: 201,
    headers: { Location: null },
    body: { id: 1, log_level: "INFO", component: "scheduler", message: "Started", details: null, created_at: NOW },
    changes: ["system_log.created"],
  },
  {
    name: "every field is stored as given, the level in any case",
    request: systemLog({ log_level: "critical", details: { nested: [1, "ü"] } }),
    status: 201,
    body: { log_level: "CRITICAL", details: { nested: [1, "ü"] } },
    changes: ["system_log.created"],
  },
]);

const FOUR = [
  systemLog({ log_level: "DEBUG" }), // 1
  advance(1000),
  systemLog({ component: "adw", message: "Disk almost full", log_level: "WARNING" }), // 2
  advance(1000),
  systemLog({ component: "http", details: { path: "/Health" } }), // 3
  systemLog({ component: "http", log_level: "ERROR" }), // 4
];

const list = (name: string, query: string, ...ids: readonly number[]): Scenario => ({
  name,
  given: FOUR,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { "X-Change-Seq": "4", Link: null },
  body: ids.map((id) => ({ id })),
});

runScenarios("GET /api/system/logs", [
  { name: "an empty list", request: get(PATH), status: 200, body: [], headers: { "X-Change-Seq": "0", Link: null } },
  list("newest first, id breaking ties", "", 4, 3, 2, 1),
  list("level narrows, in any case", "?level=warning", 2),
  list("a comma in level means any of", "?level=WARNING,debug", 2, 1),
  list("component narrows", "?component=adw", 2),
  list("a comma in component means any of", "?component=adw,http", 4, 3, 2),
  list("q finds the words of the message, in any case", "?q=ALMOST", 2),
  list("q finds the words of the details", "?q=/health", 3),
  list("since is inclusive, until exclusive", "?since=2026-02-05T10:30:01Z&until=2026-02-05T10:30:02Z", 2),
  list("filters are combined", "?component=http,adw&level=error,warning&since=2026-02-05T10:30:02Z", 4),
]);
