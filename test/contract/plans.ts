import type { Call, IngestPlan, TurnWrite } from "#src/database/ingest.ts";
import { START } from "#test/support/clock.ts";
import { at } from "./rows.ts";

/** A plan that writes nothing but what is given. */
export function aPlan(plan: Partial<IngestPlan> = {}): IngestPlan {
  return {
    at: at(0),
    definitions: [],
    agents: [],
    conversations: [],
    agentChanges: [],
    prompts: [],
    turns: [],
    promptChanges: [],
    logs: [],
    logChanges: [],
    lowered: [],
    claims: [],
    left: [],
    keys: [],
    calls: [],
    settle: [],
    systemLogs: [],
    mark: null,
    ...plan,
  };
}

export function aTurn(turn: Partial<TurnWrite> = {}): TurnWrite {
  return {
    conversation: "c1",
    promptId: "p1",
    key: null,
    sentMs: null,
    openedMs: START,
    textHash: null,
    answered: false,
    failedMs: null,
    failedError: null,
    ...turn,
  };
}

export function aCall(call: Partial<Call> = {}): Call {
  return {
    conversation: "c1",
    rank: 3,
    call: "r1",
    promptId: "p1",
    timed: false,
    sentMs: 1_000,
    model: "claude-sonnet-5",
    tokensInput: 100,
    tokensOutput: 10,
    tokensCacheRead: null,
    tokensCacheWrite: null,
    costUsd: 0.25,
    costSource: "reported",
    priceVersion: null,
    response: null,
    logKey: `log of ${call.call ?? "r1"}`,
    ...call,
  };
}
