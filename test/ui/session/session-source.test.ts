import { describe, expect, test } from "bun:test";
import { reduceSession } from "#src/ui/session/session-source.ts";
import { change, sessionAgent, sessionOf } from "./session-agent.ts";

const executing = sessionAgent("a", { definition: "builder", tokens_input: 7, context: "plan" });
const idle = sessionAgent("b", { status: "idle" });
const session = sessionOf(executing, idle);
/** What the feed tells of it: nothing of its definition, its prompts and its context. */
const NOT_TOLD = new Set(["definition", "prompts", "tokens_input", "tokens_output", "context"]);
const row = () => Object.fromEntries(Object.entries(executing).filter(([name]) => !NOT_TOLD.has(name)));

describe("changes of a session", () => {
  test("an agent that goes on is moved, counted and paid for at once; the others are the same objects", () => {
    const next = reduceSession(session, [change("agent.updated", { ...row(), status: "waiting", cost_usd: 0.5 })]);
    expect(next.agents.get("a")).toEqual({ ...executing, status: "waiting", cost_usd: 0.5 });
    expect(next.agents.get("b")).toBe(idle);
    expect(next.totals.agents.by_status).toEqual({ executing: 0, waiting: 1, idle: 1 });
    expect(next.totals.cost_usd).toBe(1.5);
    expect(next.totals.last_activity_at).toBe("2026-02-05T10:30:00.000Z");
    expect(session.totals.agents.by_status).toEqual({ executing: 1, idle: 1 });
  });

  test("each change of a batch builds on the one before", () => {
    const batch = ["waiting", "executing", "completed"].map((status) => change("agent.updated", { ...row(), status }));
    const next = reduceSession(session, batch);
    expect(next.totals.agents.by_status).toEqual({ executing: 0, waiting: 0, completed: 1, idle: 1 });
  });

  test("who falls silent is quiet, then lost, and neither when it is heard of again", () => {
    const silent = { ...row(), quiet_since: "2026-02-05T10:00:00.000Z" };
    const quiet = reduceSession(session, [change("agent.updated", silent)]);
    expect(quiet.totals.agents).toMatchObject({ quiet: 1, lost: 0 });
    const lost = reduceSession(quiet, [change("agent.updated", { ...silent, lost: true })]);
    expect(lost.totals.agents).toMatchObject({ quiet: 0, lost: 1 });
    const again = reduceSession(lost, [change("agent.updated", row())]);
    expect(again.totals.agents).toMatchObject({ quiet: 0, lost: 0 });
  });

  test("that it falls silent is no activity; that it is heard of again is", () => {
    const silent = { ...row(), quiet_since: "2026-02-05T10:00:00.000Z" };
    const quiet = reduceSession(session, [change("agent.updated", silent)]);
    expect(quiet.totals.last_activity_at).toBe("2026-02-05T10:00:00.000Z");
    const again = reduceSession(quiet, [change("agent.updated", row())]);
    expect(again.totals.last_activity_at).toBe("2026-02-05T10:30:00.000Z");
  });

  test("a definition that gets another name has it at its agents", () => {
    const rename = (id: string) => change("orchestrator_agent.updated", { id, name: "mason" }, { session_id: null });
    const next = reduceSession(session, [rename("d")]);
    expect([next.agents.get("a")!.definition, next.agents.get("b")]).toEqual(["mason", idle]);
    expect(next.totals.last_activity_at).toBe(session.totals.last_activity_at);
    expect(reduceSession(next, [rename("d"), rename("other")])).toBe(next);
  });

  test("a new agent stands there before it is counted; one that is deleted is gone", () => {
    const next = reduceSession(session, [
      change("agent.created", { ...row(), id: "c", status: "pending" }),
      change("agent.deleted", {}, { id: "b" }),
    ]);
    expect([...next.agents.keys()]).toEqual(["a", "c"]);
    expect(next.agents.get("c")).toMatchObject({ definition: null, tokens_input: null, context: null });
    expect(next.totals.agents.total).toBe(2);
  });

  test("what is of another session changes nothing", () => {
    expect(reduceSession(session, [change("agent.updated", row(), { session_id: "other" })])).toBe(session);
    expect(reduceSession(session, [change("system_log.created", null, { session_id: null })])).toBe(session);
  });
});
