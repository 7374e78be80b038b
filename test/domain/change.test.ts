import { describe, expect, test } from "bun:test";
import { AgentStatusQuery, EventQuery, staleReason, type StaleReason, StreamQuery } from "#src/domain/change.ts";

const STATE = { headSeq: 20, oldestSeq: 5, feed: "this" };
const NEW_FILE = { headSeq: 0, oldestSeq: 1, feed: "this" };
const ADOPTED = { headSeq: 1, oldestSeq: 2, feed: "this" };

const TABLE: readonly {
  readonly what: string;
  readonly state?: typeof STATE;
  readonly after?: number;
  readonly feed?: string;
  readonly reason: StaleReason | null;
}[] = [
  { what: "no cursor", reason: null },
  { what: "no cursor, though another history is named", feed: "other", reason: null },
  { what: "the head", after: 20, reason: null },
  { what: "one behind the head", after: 19, reason: null },
  { what: "one ahead of the head", after: 21, reason: "ahead" },
  { what: "far ahead of the head", after: Number.MAX_SAFE_INTEGER, reason: "ahead" },
  { what: "the oldest", after: 5, reason: null },
  { what: "just behind the oldest", after: 4, reason: null },
  { what: "one that was pruned", after: 3, reason: "pruned" },
  { what: "the beginning, which was pruned", after: 0, reason: "pruned" },
  { what: "the head of the same history", after: 20, feed: "this", reason: null },
  { what: "a pruned one of the same history", after: 3, feed: "this", reason: "pruned" },
  { what: "one that could be served, but of another history", after: 10, feed: "other", reason: "replaced" },
  { what: "one ahead, of another history", after: 99, feed: "other", reason: "replaced" },
  { what: "a pruned one, of another history", after: 0, feed: "other", reason: "replaced" },
  { what: "the beginning of a new file", state: NEW_FILE, after: 0, reason: null },
  { what: "one ahead of a new file", state: NEW_FILE, after: 1, reason: "ahead" },
  { what: "the beginning of an adopted file", state: ADOPTED, after: 0, reason: "pruned" },
  { what: "the head of an adopted file", state: ADOPTED, after: 1, reason: null },
];

describe("why a cursor cannot be served", () => {
  test.each(TABLE)("$what: $reason", ({ state = STATE, after, feed, reason }) => {
    expect(staleReason(state, { after, feed })).toBe(reason);
  });
});

describe("the query of a stream", () => {
  test("takes a cursor, a history and filters", () => {
    expect(
      StreamQuery.parse({ after: "0", feed: "f", types: "agent,prompt", session_id: "s", agent_id: "a,b" }),
    ).toEqual({
      after: 0,
      feed: "f",
      types: ["agent", "prompt"],
      session_id: ["s"],
      agent_id: ["a", "b"],
    });
    expect(AgentStatusQuery.parse({ after: "7" })).toEqual({ after: 7 });
    expect(EventQuery.parse({})).toEqual({ limit: 100 });
  });

  test.each([
    ["a negative cursor", { after: "-1" }],
    ["an empty cursor", { after: "" }],
    ["a cursor that is no number", { after: "latest" }],
    ["a cursor beyond exact integers", { after: "9007199254740992" }],
    ["an empty history", { feed: "" }],
    ["an unknown type", { types: "agents" }],
    ["a limit", { limit: "5" }],
    ["an unknown parameter", { session: "s" }],
  ])("refuses %s", (_what, query) => {
    expect(StreamQuery.safeParse(query).success).toBe(false);
  });

  test("on agent-status has no filters", () => {
    expect(AgentStatusQuery.safeParse({ session_id: "s" }).success).toBe(false);
  });
});
