import { describe, expect, test } from "bun:test";
import { CreateAgentLog, CreateAgentLogs, logStateChange, writeAgentLog } from "#src/domain/agent-log.ts";
import { CreateSystemLog, writeSystemLog } from "#src/domain/system-log.ts";

const NOW = "2026-02-05T10:30:00.000Z";
const AGENT_LOG = { agent_id: "a-1", log_type: "milestone", message: "Plan written" } as const;
const SYSTEM_LOG = { component: "scheduler", message: "Nightly run started" };

describe("logs", () => {
  test("an agent log is INFO and without details unless told", () => {
    expect(writeAgentLog(AGENT_LOG, NOW)).toEqual({ ...AGENT_LOG, log_level: "INFO", details: null, created_at: NOW });
    expect(writeAgentLog({ ...AGENT_LOG, log_level: "ERROR", details: [0] }, NOW)).toMatchObject({
      log_level: "ERROR",
      details: [0],
    });
  });

  test("a system log is INFO and without details unless told", () => {
    expect(writeSystemLog(SYSTEM_LOG, NOW)).toEqual({
      ...SYSTEM_LOG,
      log_level: "INFO",
      details: null,
      created_at: NOW,
    });
    expect(writeSystemLog({ ...SYSTEM_LOG, log_level: "CRITICAL", details: false }, NOW)).toMatchObject({
      log_level: "CRITICAL",
      details: false,
    });
  });

  test("a change of status leaves a log of both states", () => {
    expect(logStateChange("a-1", "idle", "completed", NOW)).toEqual({
      agent_id: "a-1",
      log_level: "INFO",
      log_type: "state_change",
      message: "idle -> completed",
      details: { from: "idle", to: "completed" },
      created_at: NOW,
    });
  });

  test("a change of status says why, where that is known", () => {
    expect(logStateChange("a-1", "executing", "waiting", NOW, "permission for Bash: ls")).toMatchObject({
      message: "executing -> waiting: permission for Bash: ls",
      details: { from: "executing", to: "waiting", reason: "permission for Bash: ls" },
    });
  });

  test.each(["state_change", "milestone", "error", "performance", "tool_call", "cost_update"])(
    "%s is a type of agent log",
    (log_type) => expect(CreateAgentLog.safeParse({ ...AGENT_LOG, log_type }).success).toBe(true),
  );

  test.each([
    ["an unknown type", { ...AGENT_LOG, log_type: "info" }],
    ["an unknown level", { ...AGENT_LOG, log_level: "LOUD" }],
    ["no agent", { log_type: "error", message: "x" }],
    ["its time", { ...AGENT_LOG, created_at: NOW }],
    ["its session", { ...AGENT_LOG, session_id: "s" }],
  ])("an agent log refuses %s", (_what, body) => {
    expect(CreateAgentLog.safeParse(body).success).toBe(false);
  });

  test("a batch holds 1 to 1000 agent logs", () => {
    const batch = (size: number) => CreateAgentLogs.safeParse(Array.from({ length: size }, () => AGENT_LOG)).success;
    expect([0, 1, 1000, 1001].map(batch)).toEqual([false, true, true, false]);
  });

  test("a system log refuses an empty component and an unknown field", () => {
    expect(CreateSystemLog.safeParse({ ...SYSTEM_LOG, component: "" }).success).toBe(false);
    expect(CreateSystemLog.safeParse({ ...SYSTEM_LOG, agent_id: "a-1" }).success).toBe(false);
  });
});
