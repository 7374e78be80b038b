import type { AgentLog, NewAgentLog } from "#src/domain/agent-log.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { NewSystemLog } from "#src/domain/system-log.ts";

/**
 * What is remembered of those who report, and the writes that follow from a report: each is one plan, decided on what is
 * known and applied whole. Hashes (of conversations, keys, turns and calls) are made by the engine in `src/ingest`.
 */
export interface IngestStore {
  /** What is known, as of one moment. */
  known(query: IngestQuery): Promise<Known>;
  /** Outdated when one of its conversations has moved on since, or what it makes is there already. */
  apply(plan: IngestPlan): Promise<void>;
  /** How far a stream was read; null for an unknown one. */
  stream(id: string): Promise<StreamMark | null>;
  /** Those of the keys that have been told of a conversation. */
  told(conversation: string, keys: readonly string[]): Promise<Set<string>>;
  /**
   * Ends turns of which only telemetry tells, where none came since then (UTC milliseconds): their agents become idle. Some
   * of them; true when all have ended.
   */
  endIdle(beforeMs: number, at: string): Promise<boolean>;
  /** Forgets some of what was told of those who were not heard of since then (UTC milliseconds); true when all is. */
  forget(beforeMs: number): Promise<boolean>;
}

/** How far a stream of lines was read. */
export type StreamMark = {
  /** The sender's id of the stream. */
  readonly stream: string;
  /** Lines read from its beginning. */
  readonly lines: number;
  /** What its reader must know to go on, JSON. */
  readonly context: string;
};

export type IngestQuery = {
  readonly conversations: readonly ConversationQuery[];
  /** Names of definitions. */
  readonly definitions: readonly string[];
};

export type ConversationQuery = {
  readonly conversation: string;
  /** The external id of its agent: who registered that before has the agent already. */
  readonly externalId: string;
  readonly keys: readonly string[];
  /** Keys of turns that are wanted beside the newest; null when none is. */
  readonly turns: readonly string[] | null;
  /** Times of telemetry: the turns of that time are wanted. */
  readonly sent: { readonly from: number; readonly to: number } | null;
  /** Whether the alive agents below are wanted. */
  readonly below: boolean;
};

export type Known = {
  /** By hash; those that are not known are missing. */
  readonly conversations: ReadonlyMap<string, KnownConversation>;
  /** Agents by external id, of conversations that are not known. */
  readonly agents: ReadonlyMap<string, RuntimeAgent>;
  /** Ids of definitions by name. */
  readonly definitions: ReadonlyMap<string, string>;
};

export type KnownConversation = {
  readonly id: number;
  readonly revision: number;
  /** What the engine keeps. */
  readonly state: unknown;
  readonly agent: RuntimeAgent;
  readonly keys: ReadonlyMap<string, KnownKey>;
  /** The newest, with the open ones, and those asked for; oldest first. */
  readonly turns: readonly KnownTurn[];
  /** Alive agents below, at any depth, where asked for. */
  readonly below: readonly RuntimeAgent[];
};

/** The log that was written for a key, unless it has none or it is gone, and the rank of the channel its text is of. */
export type KnownKey = { readonly rank: number; readonly log: AgentLog | null };

/** Times are UTC milliseconds. */
export type Turn = {
  readonly promptId: string;
  readonly key: string | null;
  /** By the sender's clock. */
  readonly sentMs: number | null;
  /** When a hook or stream opened it; null when only telemetry knows of it. */
  readonly openedMs: number | null;
  /** Of the text that its prompt has; null while it has none. */
  readonly textHash: string | null;
  /** Whether a hook or stream gave its response. */
  readonly answered: boolean;
  readonly failedMs: number | null;
  readonly failedError: string | null;
};

/** `endedMs`: when its prompt ended, by our clock. */
export type KnownTurn = Turn & {
  readonly status: Prompt["status"];
  readonly endedMs: number | null;
  /** The best channel that told of its calls; 0 for none. */
  readonly callRank: number;
};

/** A call of a model. Its cost is US dollars, null when its price is not known. */
export type Call = {
  readonly conversation: string;
  /** Of the channel: of a prompt those of the greatest one count, and so do they of those that are of no prompt. */
  readonly rank: number;
  readonly call: string;
  readonly promptId: string | null;
  /** Whether its prompt is found by time. */
  readonly timed: boolean;
  readonly sentMs: number | null;
  readonly model: string | null;
  readonly tokensInput: number;
  readonly tokensOutput: number;
  readonly tokensCacheRead: number | null;
  readonly tokensCacheWrite: number | null;
  readonly costUsd: number | null;
  readonly costSource: "reported" | "computed" | "unknown";
  readonly priceVersion: string | null;
  /** What the model answered, where telemetry tells. */
  readonly response: string | null;
  /** Under which it has a log. */
  readonly logKey: string;
};

/** What follows from some reports, in the order in which it is written. */
export type IngestPlan = {
  readonly at: string;
  readonly definitions: readonly OrchestratorAgent[];
  /** Parents before those below them. */
  readonly agents: readonly RuntimeAgent[];
  readonly conversations: readonly ConversationWrite[];
  readonly agentChanges: readonly AgentWrite[];
  readonly prompts: readonly Prompt[];
  readonly turns: readonly TurnWrite[];
  readonly promptChanges: readonly PromptWrite[];
  readonly logs: readonly LogWrite[];
  readonly logChanges: readonly LogChange[];
  /** Logs of what a better channel tells now: they become `DEBUG`. */
  readonly lowered: readonly LoweredLogs[];
  /** Applied before other prompts and logs are written. */
  readonly claims: readonly Claim[];
  /** Agents that go if nothing is left of them: all that was told of them is claimed. Those below before those above. */
  readonly left: readonly string[];
  /** Keys that have no log. */
  readonly keys: readonly { readonly conversation: string; readonly key: string }[];
  readonly calls: readonly Call[];
  /** Conversations of which calls or turns have moved: prompts and costs are added up anew. */
  readonly settle: readonly Settlement[];
  readonly systemLogs: readonly NewSystemLog[];
  readonly mark: StreamMark | null;
};

/** What was told of the agent of one conversation, which is that of another one: a stored prompt, keys with their logs, calls. */
export type Claim = {
  readonly from: string;
  readonly to: string;
  readonly promptId: string | null;
  readonly keys: readonly string[];
  readonly calls: readonly string[];
};

export type TurnWrite = Turn & { readonly conversation: string };

/** `expected`: the revision it was decided on, null for a new one. */
export type ConversationWrite = {
  readonly conversation: string;
  readonly agentId: string;
  readonly expected: number | null;
  /** Any JSON. */
  readonly state: unknown;
  /** Whether it is at work as far as telemetry tells, and nothing else will say when it stops. */
  readonly endsIdle: boolean;
};

/** `expected`: the status it was decided on. */
export type AgentWrite = {
  readonly id: string;
  readonly expected: RuntimeAgent["status"];
  readonly set: Partial<RuntimeAgent>;
  /** Whether its open prompts end with it, as cancelled. */
  readonly endsPrompts?: boolean;
};

/** `expected`: the status it was decided on. */
export type PromptWrite = {
  readonly id: string;
  readonly expected: Prompt["status"];
  readonly set: Partial<Prompt>;
  /** A further paragraph of its response. */
  readonly append: string | null;
};

/** A log, and the key that is told by it. */
export type LogWrite = NewAgentLog & {
  readonly told: { readonly conversation: string; readonly key: string; readonly rank: number } | null;
};

/** What a log of a key becomes when it is told again. */
export type LogChange = {
  readonly id: number;
  readonly conversation: string;
  readonly key: string;
  readonly rank: number;
  readonly set: Pick<AgentLog, "message" | "log_level" | "details">;
};

/** Those of a conversation, of one type and of channels below a rank. */
export type LoweredLogs = {
  readonly conversation: string;
  /** Only those of the calls of this prompt. */
  readonly promptId?: string;
  readonly type: AgentLog["log_type"];
  readonly below: number;
};

export type Settlement = {
  readonly conversation: string;
  /** Prompts whose calls moved. */
  readonly promptIds: readonly string[];
  /** The prompt that calls of no prompt belong to now, where their time tells of no other; null for none. */
  readonly opened: string | null;
  /** Calls from this time on may belong to other turns now (the sender's clock); null for none. */
  readonly reassignFrom: number | null;
};
