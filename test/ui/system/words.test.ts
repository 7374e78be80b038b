import { expect, test } from "bun:test";
import type { Health } from "#src/domain/health.ts";
import type { PurgePreview } from "#src/domain/storage.ts";
import { expiryAt } from "#src/ui/system/expiry.ts";
import { tellHealth } from "#src/ui/system/health-words.ts";
import { tellPurge, tellRetention } from "#src/ui/system/storage-words.ts";

const WELL: Health["checks"] = {
  reader: { status: "ok" },
  writer: { status: "ok", reason: null, waiting_ms: null },
  feed: { status: "ok", lag: 0 },
  disk: { status: "ok", free_bytes: 65_000_000_000 },
  damage: { status: "ok", found_at: null, detail: null },
};

test("a server that is well asks for nothing", () => {
  const told = tellHealth(WELL);
  expect(told.map(({ status, advice }) => [status, advice])).toEqual(told.map(() => ["ok", null]));
  expect(told.find(({ name }) => name === "Disk")?.says).toBe("65.0 GB are left");
});

test("every check that is not well says what to do", () => {
  const told = tellHealth({
    reader: { status: "failed" },
    writer: { status: "failed", reason: "failed", waiting_ms: null },
    feed: { status: "degraded", lag: 3 },
    disk: { status: "degraded", free_bytes: null },
    damage: { status: "failed", found_at: "2026-02-05T00:00:00.000Z", detail: "page 7 is damaged" },
  });
  expect(told.filter(({ advice }) => advice === null)).toEqual([]);
  expect(told.at(-1)?.says).toBe("page 7 is damaged");
});

test.each(["waiting", "disk_full", "at_limit", "overloaded", "failed"] as const)(
  "a writer that is %s says so",
  (reason) => {
    const writer = { status: "degraded", reason, waiting_ms: 2_500 } as const;
    const told = tellHealth({ ...WELL, writer }).find(({ name }) => name === "Writing")!;
    expect(told.says).toEndWith("(for 2 s)");
    expect(told.advice).not.toBeNull();
  },
);

test("retention is told in words; 0 keeps everything", () => {
  const none = { since: "2026-02-05T00:00:00.000Z", days: 0, run_days: 0, changes_keep: 0, max_database_mb: 0 };
  expect(tellRetention(none).filter((line) => /\d/.test(line))).toEqual([]);
  expect(tellRetention({ ...none, days: 1, run_days: 365, changes_keep: 1000, max_database_mb: 4096 })).toEqual([
    "Logs are kept for one day.",
    "Finished agents and their prompts are kept for 365 days.",
    "Of the feed, the newest 1,000 changes are kept, and those of the last hour.",
    "At 4,096 MiB the oldest logs and runs go first, whatever their age.",
  ]);
});

test("a purge tells what it removes, and what it has only counted in part", () => {
  const none = { rows: 0, more: false };
  const nothing: PurgePreview = {
    agent_logs: none,
    system_logs: none,
    changes: none,
    agents: none,
    prompts: none,
    over_limit_bytes: 0,
  };
  expect(tellPurge(nothing)).toEqual([]);
  const some = {
    agent_logs: { rows: 10_000, more: true },
    agents: { rows: 1, more: false },
    changes: { rows: 2, more: false },
  };
  expect(tellPurge({ ...nothing, ...some, over_limit_bytes: 2_000_000 })).toEqual([
    "at least 10,000 agent logs",
    "1 finished agent",
    "2 changes of the feed",
    "the oldest 2.0 MB, which are over the limit",
  ]);
});

test("a token expires as it was asked for", () => {
  const now = Date.parse("2026-02-05T10:30:00.000Z");
  expect(expiryAt("never", "", now)).toBeNull();
  expect(expiryAt("30", "", now)).toBe("2026-03-07T10:30:00.000Z");
  expect(expiryAt("day", "2026-02-10", now)).toBe("2026-02-10");
});
