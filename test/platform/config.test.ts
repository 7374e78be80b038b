import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { readClientConfig } from "#src/platform/client-config.ts";
import { ConfigError, type Environment, readConfig, readEnvironment, wantsColor } from "#src/platform/config.ts";
import { testFolder } from "#test/support/folder.ts";
import { thrownBy } from "#test/support/thrown-by.ts";

const DEFAULTS = {
  databasePath: "./data/orchestrator.db",
  host: "127.0.0.1",
  port: 8000,
  corsOrigins: ["http://localhost:5173", "http://127.0.0.1:5173"],
  logLevel: "info",
  retentionDays: 30,
  runRetentionDays: 365,
  changesKeep: 1_000_000,
  maxDatabaseMb: 4096,
  allowedHosts: [],
  apiToken: null,
  rateLimit: 0,
  redact: true,
  redactPatterns: [],
  backupDir: null,
  backupEveryHours: 24,
  backupKeep: 7,
  quietAfterMs: 300_000,
  lostAfterMs: 3_600_000,
};

const READ: readonly { readonly what: string; readonly environment: Environment; readonly config: object }[] = [
  { what: "an empty environment gives the defaults", environment: {}, config: {} },
  {
    what: "empty variables count as not set",
    environment: {
      DATABASE_PATH: "",
      WEBSOCKET_PORT: "",
      PORT: "",
      HOST: "",
      WEB_UI_PORT: "",
      CORS_ORIGINS: "",
      LOG_LEVEL: "",
      RETENTION_DAYS: "",
      RUN_RETENTION_DAYS: "",
      CHANGES_KEEP: "",
      MAX_DATABASE_MB: "",
      ALLOWED_HOSTS: "",
      API_TOKEN: "",
      RATE_LIMIT: "",
      REDACT: "",
      REDACT_PATTERNS: "",
      BACKUP_DIR: "",
      BACKUP_EVERY_HOURS: "",
      BACKUP_KEEP: "",
      QUIET_AFTER: "",
      LOST_AFTER: "",
    },
    config: {},
  },
  { what: "other variables are ignored", environment: { PATH: "/bin", NODE_ENV: "x", port: "1" }, config: {} },
  { what: "WEBSOCKET_PORT is the port", environment: { WEBSOCKET_PORT: "9000" }, config: { port: 9000 } },
  { what: "PORT wins", environment: { PORT: "9001", WEBSOCKET_PORT: "9000" }, config: { port: 9001 } },
  { what: "an empty PORT wins nothing", environment: { PORT: "", WEBSOCKET_PORT: "9000" }, config: { port: 9000 } },
  { what: "port 0 is allowed", environment: { PORT: "0" }, config: { port: 0 } },
  { what: "port 65535 is allowed", environment: { PORT: "65535" }, config: { port: 65_535 } },
  {
    what: "WEB_UI_PORT moves the origins that are allowed by default",
    environment: { WEB_UI_PORT: "3000" },
    config: { corsOrigins: ["http://localhost:3000", "http://127.0.0.1:3000"] },
  },
  {
    what: "WEB_UI_PORT 80 gives origins as browsers write them",
    environment: { WEB_UI_PORT: "80" },
    config: { corsOrigins: ["http://localhost", "http://127.0.0.1"] },
  },
  {
    what: "CORS_ORIGINS wins over WEB_UI_PORT",
    environment: { WEB_UI_PORT: "3000", CORS_ORIGINS: "https://ui.example" },
    config: { corsOrigins: ["https://ui.example"] },
  },
  {
    what: "several origins may have spaces around them",
    environment: { CORS_ORIGINS: " http://a.example:81 , https://b.example " },
    config: { corsOrigins: ["http://a.example:81", "https://b.example"] },
  },
  { what: "no other origin need be allowed", environment: { CORS_ORIGINS: "none" }, config: { corsOrigins: [] } },
  { what: "an IPv6 address is a host", environment: { HOST: "::1" }, config: { host: "::1" } },
  {
    what: "every address is a host, where commands are limited",
    environment: { HOST: "0.0.0.0" },
    config: { host: "0.0.0.0", rateLimit: 100 },
  },
  {
    what: "a name is a host, where commands are limited",
    environment: { HOST: "my-host.local" },
    config: { host: "my-host.local", rateLimit: 100 },
  },
  ...["127.0.0.2", "localhost", "LOCALHOST", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "::FFFF:7f00:1"].map(
    (host) => ({
      what: `commands are not limited on ${host}`,
      environment: { HOST: host },
      config: { host, rateLimit: 0 },
    }),
  ),
  ...["::", "::2", "::ffff:8.8.8.8", "128.0.0.1", "localhost.example"].map((host) => ({
    what: `commands are limited on ${host}`,
    environment: { HOST: host },
    config: { host, rateLimit: 100 },
  })),
  { what: "a limit can be set anywhere", environment: { RATE_LIMIT: "5" }, config: { rateLimit: 5 } },
  {
    what: "a limit can be taken away",
    environment: { HOST: "0.0.0.0", RATE_LIMIT: "0" },
    config: { host: "0.0.0.0", rateLimit: 0 },
  },
  {
    what: "hosts are allowed in any case, with a port and without",
    environment: { ALLOWED_HOSTS: "Build.Example, 192.168.1.5:8000,[fe80::1]:80" },
    config: { allowedHosts: ["build.example", "192.168.1.5:8000", "[fe80::1]:80"] },
  },
  { what: "a token may be given", environment: { API_TOKEN: "orc_12345678" }, config: { apiToken: "orc_12345678" } },
  { what: "redaction can be turned off", environment: { REDACT: "off" }, config: { redact: false } },
  {
    what: "backups can be scheduled",
    environment: { BACKUP_DIR: "/b", BACKUP_EVERY_HOURS: "1", BACKUP_KEEP: "2" },
    config: { backupDir: "/b", backupEveryHours: 1, backupKeep: 2 },
  },
  ...[
    { held: "10", millis: 600_000 },
    { held: "0.5", millis: 30_000 },
    { held: "1500ms", millis: 1_500 },
    { held: "30s", millis: 30_000 },
    { held: "5m", millis: 300_000 },
    { held: "1h", millis: 3_600_000 },
    { held: "0.00001s", millis: 1 },
    { held: "0", millis: null },
    { held: "0s", millis: null },
    { held: "off", millis: null },
  ].map(({ held, millis }) => ({
    what: `agents are quiet after ${held}`,
    environment: { QUIET_AFTER: held },
    config: { quietAfterMs: millis },
  })),
  { what: "agents are lost after 2h", environment: { LOST_AFTER: "2h" }, config: { lostAfterMs: 7_200_000 } },
  { what: "agents are never lost", environment: { LOST_AFTER: "off" }, config: { lostAfterMs: null } },
  {
    what: "agents may be lost at once when they are quiet",
    environment: { QUIET_AFTER: "90s", LOST_AFTER: "1.5" },
    config: { quietAfterMs: 90_000, lostAfterMs: 90_000 },
  },
  {
    what: "where nothing else is said, agents are not lost before they are quiet",
    environment: { QUIET_AFTER: "8h" },
    config: { quietAfterMs: 28_800_000, lostAfterMs: 28_800_000 },
  },
  {
    what: "any path is a database",
    environment: { DATABASE_PATH: "../a b/x.db" },
    config: { databasePath: "../a b/x.db" },
  },
  ...(["debug", "info", "warn", "error"] as const).map((logLevel) => ({
    what: `${logLevel} is a log level`,
    environment: { LOG_LEVEL: logLevel },
    config: { logLevel },
  })),
  {
    what: "retention can be set, variable by variable",
    environment: { RETENTION_DAYS: "7", RUN_RETENTION_DAYS: "36500", CHANGES_KEEP: "10", MAX_DATABASE_MB: "16" },
    config: { retentionDays: 7, runRetentionDays: 36_500, changesKeep: 10, maxDatabaseMb: 16 },
  },
  {
    what: "0 keeps everything",
    environment: { RETENTION_DAYS: "0", RUN_RETENTION_DAYS: "0", CHANGES_KEEP: "0", MAX_DATABASE_MB: "0" },
    config: { retentionDays: 0, runRetentionDays: 0, changesKeep: 0, maxDatabaseMb: 0 },
  },
];

describe("the configuration", () => {
  test.each(READ)("$what", ({ environment, config }) => {
    expect(readConfig(environment) as object).toEqual({ ...DEFAULTS, ...config });
  });
});

const PORTS = "a port from 0 to 65535";
const HOSTS = "an address or a host name to listen on, such as 127.0.0.1";
const ORIGINS = "origins separated by commas, such as http://localhost:5173, or none";
const PATHS = "the path of a file (:memory: cannot be shared by two connections)";
const PATTERNS =
  "patterns of RE2 that never match nothing, separated by commas, each alone or behind its kind, such as corp:CORP-[0-9]{6}";
const TIMES = "minutes, or a time with its unit such as 500ms, 30s, 5m or 2h, up to 8760h; 0 or off for never";
const LEVELS = "debug, info, warn, error";
const DAYS = "days from 1 to 36500, or 0 to keep";

const WRONG: readonly { readonly name: string; readonly allowed: string; readonly held: readonly string[] }[] = [
  { name: "DATABASE_PATH", allowed: PATHS, held: [":memory:", "file:x.db?mode=memory", "a\0b"] },
  {
    name: "WEBSOCKET_PORT",
    allowed: PORTS,
    held: ["65536", "-1", "80.5", "1e3", "0x50", "http", " 80", "80 ", " ", "999999"],
  },
  { name: "PORT", allowed: PORTS, held: ["65536", "eighty"] },
  { name: "WEB_UI_PORT", allowed: PORTS, held: ["70000", "-"] },
  { name: "HOST", allowed: HOSTS, held: ["a b", "http://localhost", "localhost:80", "-a", "a.", "[::1]", " "] },
  {
    name: "CORS_ORIGINS",
    allowed: ORIGINS,
    held: [
      "*",
      "localhost:5173",
      "http://a.example/",
      "http://a.example/x",
      "http://a.example,",
      "http://a.example:80",
    ],
  },
  { name: "RETENTION_DAYS", allowed: DAYS, held: ["-1", "36501", "1.5", "1e2", "a month", " 30", "99999999999"] },
  { name: "RUN_RETENTION_DAYS", allowed: DAYS, held: ["-1", "36501"] },
  { name: "CHANGES_KEEP", allowed: "a number from 0 to 1000000000", held: ["-1", "1000000001", "1,000,000"] },
  {
    name: "MAX_DATABASE_MB",
    allowed: "megabytes from 16 to 16777216, or 0 for no limit",
    held: ["15", "1", "-16", "16777217", "4GB"],
  },
  {
    name: "ALLOWED_HOSTS",
    allowed: "host names or addresses separated by commas, with or without a port, such as build.example:8000",
    held: ["*", "http://a.example", "a.example,", "a b", "a.example:http", "a.example/", "::1"],
  },
  {
    name: "RATE_LIMIT",
    allowed: "commands a second, from 1 to 1000000, or 0 for no limit",
    held: ["-1", "1.5", "10/s", "1000001"],
  },
  { name: "REDACT", allowed: "on, off", held: ["yes", "false", "0", "ON"] },
  {
    name: "REDACT_PATTERNS",
    allowed: PATTERNS,
    held: ["(", "a,(", "a*", "a,,b", "^", "\\b", "(?=a)", "\\1", "kind:", "a{1001}"],
  },
  { name: "BACKUP_DIR", allowed: "the path of a folder", held: ["a\0b"] },
  { name: "BACKUP_EVERY_HOURS", allowed: "hours from 1 to 8760", held: ["0", "8761", "0.5", "daily"] },
  { name: "BACKUP_KEEP", allowed: "a number from 1 to 10000", held: ["0", "10001", "all"] },
  { name: "QUIET_AFTER", allowed: TIMES, held: ["-1", "5 m", "five", "1d", "8761h", "1e3", ".5", "never", "5M"] },
  { name: "LOST_AFTER", allowed: TIMES, held: ["1h30m", "525601"] },
  { name: "LOG_LEVEL", allowed: LEVELS, held: ["INFO", "trace", "warning", "0", "info "] },
];

describe("a wrong variable", () => {
  const cases = WRONG.flatMap(({ name, allowed, held }) =>
    held.map((value) => ({ name, allowed, value, shown: JSON.stringify(value) })),
  );

  test.each(cases)("$name must not hold $shown", ({ name, allowed, value }) => {
    const { lines } = thrownBy(ConfigError, () => readConfig({ [name]: value }));
    expect(lines).toEqual([`${name} holds ${JSON.stringify(value)}; it may hold ${allowed}`]);
  });

  test.each(["short", "with a blank", "x".repeat(513), "t\u00f6ken-12345"])(
    "a token that may not be one is not shown",
    (token) => {
      const { lines } = thrownBy(ConfigError, () => readConfig({ API_TOKEN: token }));
      const allowed = "8 to 512 letters, digits and signs of ASCII without a blank";
      expect(lines).toEqual([`API_TOKEN holds something else; it may hold ${allowed}`]);
    },
  );

  test("comes with all the others, one line for each", () => {
    const environment = Object.fromEntries(WRONG.map(({ name, held }) => [name, held[0]!]));
    const { lines } = thrownBy(ConfigError, () => readConfig(environment));
    expect(lines.toSorted()).toEqual(
      WRONG.map(
        ({ name, allowed, held }) => `${name} holds ${JSON.stringify(held[0])}; it may hold ${allowed}`,
      ).toSorted(),
    );
  });

  test("is named even where another wins", () => {
    const { lines } = thrownBy(ConfigError, () => readConfig({ PORT: "9000", WEBSOCKET_PORT: "x" }));
    expect(lines).toEqual([`WEBSOCKET_PORT holds "x"; it may hold ${PORTS}`]);
  });

  test("is a time to be lost before the one to be quiet", () => {
    const { lines } = thrownBy(ConfigError, () => readConfig({ LOST_AFTER: "4m" }));
    expect(lines).toEqual(['LOST_AFTER holds "4m"; it may hold no less than QUIET_AFTER, or off']);
  });

  test("of several lines stays one line", () => {
    const { lines, message } = thrownBy(ConfigError, () => readConfig({ LOG_LEVEL: "a\nb" }));
    expect(lines).toEqual([`LOG_LEVEL holds "a\\nb"; it may hold ${LEVELS}`]);
    expect(message).toBe(lines[0]!);
  });
});

describe("the environment", () => {
  test("without a file is the process's own", () => {
    expect(readEnvironment()["PATH"]).toBe(process.env["PATH"]);
  });

  test("takes from a file what the process does not set itself", () => {
    using folder = testFolder();
    const file = folder.file("some.env");
    writeFileSync(
      file,
      '# ours\nORCHESTRATOR_TEST_ONLY="a b" # why\n\nPATH=/nowhere\nexport LOG_LEVEL_OF_TEST=debug\n',
    );
    const environment = readEnvironment(file);
    expect(environment["ORCHESTRATOR_TEST_ONLY"]).toBe("a b");
    expect(environment["LOG_LEVEL_OF_TEST"]).toBe("debug");
    expect(environment["PATH"]).toBe(process.env["PATH"]);
  });

  test("says which file cannot be read", () => {
    using folder = testFolder();
    const { lines } = thrownBy(ConfigError, () => readEnvironment(folder.file("missing.env")));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(folder.file("missing.env"));
    expect(lines[0]).toContain("cannot be read");
  });
});

const FOUND: readonly { readonly environment: Environment; readonly given?: string; readonly url: string }[] = [
  { environment: {}, url: "http://127.0.0.1:8000" },
  { environment: { PORT: "9000", WEBSOCKET_PORT: "9001" }, url: "http://127.0.0.1:9000" },
  { environment: { HOST: "0.0.0.0" }, url: "http://127.0.0.1:8000" },
  { environment: { HOST: "::" }, url: "http://[::1]:8000" },
  { environment: { HOST: "fe80::1" }, url: "http://[fe80::1]:8000" },
  { environment: { HOST: "agents.local" }, url: "http://agents.local:8000" },
  { environment: { ORCHESTRATOR_URL: "https://a.example/x", PORT: "9000" }, url: "https://a.example/x" },
  { environment: { ORCHESTRATOR_URL: "", PORT: "9000" }, url: "http://127.0.0.1:9000" },
  { environment: { ORCHESTRATOR_URL: "http://a" }, given: "http://b:1", url: "http://b:1" },
  // Where the server is named, nothing is taken from its own variables: they may be those of another.
  { environment: { PORT: "0" }, given: "http://b", url: "http://b" },
  { environment: { PORT: "wrong", ORCHESTRATOR_URL: "http://b" }, url: "http://b" },
];

describe("the server that a client looks for", () => {
  test.each(FOUND)("with $environment and $given is at $url", ({ environment, given, url }) => {
    expect(readClientConfig(environment, given).url).toBe(url);
  });

  test("is told the token, unless that is empty", () => {
    expect(readClientConfig({ ORCHESTRATOR_TOKEN: "t" }).token).toBe("t");
    expect(readClientConfig({ ORCHESTRATOR_TOKEN: "" }).token).toBeUndefined();
    expect(readClientConfig({}).token).toBeUndefined();
  });

  const NOWHERE: readonly { readonly environment: Environment; readonly given?: string; readonly says: string }[] = [
    { environment: {}, given: "localhost:8000", says: '--url holds "localhost:8000"; it may hold an address such as' },
    { environment: {}, given: "", says: '--url holds ""; it may hold' },
    { environment: { ORCHESTRATOR_URL: "ftp://a" }, says: 'ORCHESTRATOR_URL holds "ftp://a"; it may hold' },
    { environment: { ORCHESTRATOR_URL: "nonsense" }, says: 'ORCHESTRATOR_URL holds "nonsense"; it may hold' },
    { environment: { PORT: "0" }, says: "the server takes a free port: give its address by --url or ORCHESTRATOR_URL" },
    { environment: { PORT: "x" }, says: 'PORT holds "x"; it may hold' },
  ];
  test.each(NOWHERE)("with $environment and $given is nowhere", ({ environment, given, says }) => {
    const { lines } = thrownBy(ConfigError, () => readClientConfig(environment, given));
    expect(lines).toEqual([expect.stringContaining(says)]);
  });
});

const COLOURS: readonly { readonly environment: Environment; readonly terminal: boolean; readonly pipe: boolean }[] = [
  { environment: {}, terminal: true, pipe: false },
  { environment: { TERM: "xterm-256color" }, terminal: true, pipe: false },
  { environment: { TERM: "dumb" }, terminal: false, pipe: false },
  { environment: { NO_COLOR: "1" }, terminal: false, pipe: false },
  { environment: { NO_COLOR: "0" }, terminal: false, pipe: false },
  { environment: { NO_COLOR: "" }, terminal: true, pipe: false },
  { environment: { FORCE_COLOR: "1" }, terminal: true, pipe: true },
  { environment: { FORCE_COLOR: "3", TERM: "dumb" }, terminal: true, pipe: true },
  { environment: { FORCE_COLOR: "0" }, terminal: false, pipe: false },
  { environment: { FORCE_COLOR: "false" }, terminal: false, pipe: false },
  { environment: { FORCE_COLOR: "" }, terminal: true, pipe: false },
  { environment: { FORCE_COLOR: "1", NO_COLOR: "1" }, terminal: false, pipe: false },
];

test.each(COLOURS)("colour with $environment: on a terminal $terminal, in a pipe $pipe", (row) => {
  expect(wantsColor(row.environment, true)).toBe(row.terminal);
  expect(wantsColor(row.environment, false)).toBe(row.pipe);
});

describe("an address with a name or password", () => {
  test.each([{ given: "http://me:secret@h:1" }, { named: "http://secret@h:1" }])(
    "is refused unrepeated: %o",
    (where) => {
      const environment = where.named === undefined ? {} : { ORCHESTRATOR_URL: where.named };
      const { lines } = thrownBy(ConfigError, () => readClientConfig(environment, where.given));
      expect(lines).toEqual([
        expect.stringMatching(/^(--url|ORCHESTRATOR_URL) holds a name or password: give a token/),
      ]);
      expect(lines.join()).not.toContain("secret");
    },
  );
});
