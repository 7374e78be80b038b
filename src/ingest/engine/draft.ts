import type {
  Call,
  Claim,
  IngestPlan,
  KnownConversation,
  LogChange,
  LoweredLogs,
  LogWrite,
  Turn,
} from "#src/database/ingest.ts";
import type { AgentLog } from "#src/domain/agent-log.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { NewSystemLog } from "#src/domain/system-log.ts";
import type { PriceOf } from "#src/ingest/prices.ts";
import type { Subject } from "#src/ingest/report.ts";

/** What the engine keeps of a conversation between two reports, as JSON. */
export type State = {
  /** Whether a hook or stream speaks for it: telemetry then moves no status. */
  direct: boolean;
  /** When a hook told of it last. */
  hookMs: number | null;
  /** Prompts that a stream told of, the newest last. */
  streamed: readonly string[];
  /** Of the last telemetry that moved its status, by the sender's clock. */
  statusMs: number | null;
  /** Hash of the last event that has no key. */
  lastHash: string | null;
  /** The prompt of a turn that a stream ended, as far as can be guessed. */
  guessed: string | null;
  /** Turns so far. */
  turns: number;
  kind: string | null;
  model: string | null;
  /** When telemetry that told a field of its metadata was sent; null for what a hook or stream told. */
  fields: Record<string, number | null>;
  /** The same of its name. */
  nameMs: number | null;
  /** Calls that failed, by the sender's clock, the oldest first. */
  failures: readonly { readonly ms: number; readonly error: string }[];
  totals: Record<string, Totals>;
  /** The best channel that told of calls of no prompt. */
  callRank: number;
};

/** The last value of a counter. */
export type Totals = { input: number; output: number; cacheRead: number; cacheWrite: number; costUsd: number };

export const NEW_STATE: Readonly<State> = {
  direct: false,
  hookMs: null,
  streamed: [],
  statusMs: null,
  lastHash: null,
  guessed: null,
  turns: 0,
  kind: null,
  model: null,
  fields: {},
  nameMs: null,
  failures: [],
  totals: {},
  callRank: 0,
};

export type TurnDraft = {
  turn: { -readonly [Field in keyof Turn]: Turn[Field] };
  /** Null for one that is stored already. */
  readonly prompt: Prompt | null;
  readonly was: Prompt["status"] | null;
  status: Prompt["status"];
  /** When it ended, by our clock. */
  endedMs: number | null;
  set: Partial<Prompt>;
  append: string[];
  /** The best channel that told of its calls; 0 for none. */
  callRank: number;
  isChanged: boolean;
};

/** What is known of a conversation, with what the reports of this plan have changed. */
export type Draft = {
  readonly conversation: string;
  readonly subject: Subject;
  readonly known: KnownConversation | null;
  /** The agent as it was stored; null for a new one. */
  readonly was: RuntimeAgent | null;
  agent: RuntimeAgent;
  state: State;
  readonly turns: TurnDraft[];
  readonly told: Map<string, Told>;
  /** Whether a report about it was news. */
  isTouched: boolean;
  /** Whether calls of it were told. */
  isMoved: boolean;
  /** A turn that a hook or stream opened, whose calls telemetry may have told before. */
  opened: string | null;
  /** Prompts whose calls have moved. */
  readonly moved: Set<string>;
  /** From when on calls may belong to other turns now, by the sender's clock. */
  reassignFrom: number | null;
};

/** A key that is told, and its log where it has one: stored, or written by this plan. */
type Told = { rank: number; readonly log: AgentLog | null; written: LogWrite | null; change: LogChange | null };

/** What a plan gathers beside its drafts, in order. */
export type Gathered = {
  readonly definitions: OrchestratorAgent[];
  readonly logs: LogWrite[];
  readonly logChanges: LogChange[];
  readonly lowered: LoweredLogs[];
  readonly claims: Claim[];
  /** Agents of which all that was told may be claimed. */
  readonly left: Set<string>;
  readonly keys: IngestPlan["keys"][number][];
  readonly calls: Call[];
  readonly systemLogs: NewSystemLog[];
  /** Agents below one that ended, of other conversations. */
  readonly agentChanges: IngestPlan["agentChanges"][number][];
};

/** What deciding needs from outside: the time, and ids for new rows. */
export type Moment = {
  readonly now: string;
  readonly nowMs: number;
  readonly newId: () => string;
  /** What a text is stored as: an id that holds a secret is not kept as it is. */
  readonly stored: (text: string) => string;
  readonly priceOf: PriceOf;
  /** Whether external ids were found taken: then they are hashes, which nobody else makes. */
  readonly isContested: boolean;
};

export function isFinal(status: Prompt["status"] | RuntimeAgent["status"]): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

export function isOpen({ status }: TurnDraft): boolean {
  return !isFinal(status);
}
