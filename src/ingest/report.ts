import type { LogLevel } from "#src/domain/log-level.ts";
import type { AgentLog } from "#src/domain/agent-log.ts";
import type { AgentStatus } from "#src/domain/runtime-agent.ts";

/** Whose events are read; the first part of an `external_id`. */
export type Source = "claude" | "codex" | "gemini" | "opencode" | "otel";

/**
 * The way an event came. Hooks and streams tell what happens while it happens; telemetry comes late, in batches, and so
 * moves a status only where nothing else speaks for the session.
 */
export type Channel = "hook" | "stream" | "otel";

/**
 * Whom an event is about: a session of the source (its own id of a session, thread or conversation), or a sub-agent in it.
 * `child` of Codex and opencode is a conversation of its own: it is the same agent whether told as `child` or as `session`.
 */
export type Subject = { readonly source: Source; readonly session: string; readonly child?: string };

/** Tokens of one or more calls of a model. `input` includes what was read from and written to the cache. */
export type Tokens = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
};

/**
 * One event of a source in our words. It holds what the event says and nothing of what is stored, so that reading a source
 * is a pure function; `engine/` decides what follows.
 */
export type Report = {
  readonly about: Subject;
  readonly channel: Channel;
  /** What makes it this event and no other, for ever (an id, or a hash over what cannot repeat): told again it changes nothing. */
  readonly key: string | null;
  /**
   * For events without a key: a hash of the event. Told twice in a row, or again after its turn or session has ended, it is
   * the same event; else it is a new one.
   */
  readonly hash?: string;
  /** The source's id of the turn it belongs to; null when it does not say. */
  readonly turn: string | null;
  /** When the sender says it happened, UTC milliseconds: compared only with other events of the same conversation. */
  readonly sentMs: number | null;
  readonly facts: readonly Fact[];
};

/** What a reader made nothing of: one system log each, `DEBUG`. */
type Unread = {
  readonly source: Source;
  readonly channel: Channel;
  /** Name of the event, or what is wrong with it. */
  readonly event: string;
  /** The event itself, cut. */
  readonly details: unknown;
};

/** What was read of one or more events, in order. */
export type Reading = { readonly reports: readonly Report[]; readonly unread: readonly Unread[] };

/** What an event says. Facts of a report are applied in order. */
export type Fact =
  AgentFact | Claimed | StatusFact | TurnOpened | TurnClosed | TurnText | TurnFailing | Usage | Total | Noted;

/** About the agent itself. It is made, with what is known so far, by the first report about it, whatever that says. */
export type AgentFact = {
  readonly fact: "agent";
  /** Set when it has none yet. */
  readonly name?: string | undefined;
  /** What it is called until somebody tells a name (the folder that it works in). */
  readonly nameGuess?: string | undefined;
  /** Kind of sub-agent (`Explore`): its definition is `<source>/<kind>`; without one that of the source. */
  readonly kind?: string | undefined;
  /** The agent above it, where the source says so; a `child` is else made below its session. A known one is moved there. */
  readonly parent?: Subject | undefined;
  /** Merged into `metadata` of the agent, field by field (`cwd`, `model`, `version`, `transcript_path` …). */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What it starts as when this makes it (`initializing`). */
  readonly startsAs?: AgentStatus;
  /** Name and metadata count only until somebody tells who knows: what is around it has not been told yet. */
  readonly isGuess?: boolean;
};

/** What was told of another agent is of this one: what is around a span is told when it has ended, and may name another. */
export type Claimed = {
  readonly fact: "claimed";
  readonly from: Subject;
  readonly turn: string | null;
  /** Keys of reports. */
  readonly keys: readonly string[];
  /** Keys of logs. */
  readonly logs: readonly string[];
  /** Calls of models, told by telemetry. */
  readonly calls: readonly string[];
};

export type StatusFact = {
  readonly fact: "status";
  readonly to: AgentStatus;
  /** Whether it brings a finished agent back (a resumed session, a new prompt); others leave a finished one as it is. */
  readonly reopens?: boolean;
  /** Only when it now has one of these. */
  readonly from?: readonly AgentStatus[];
  /** Why, into the details of the `state_change` log. */
  readonly reason?: string | undefined;
  /** Becomes `error_message` of the agent; null clears it. */
  readonly error?: string | null;
  /** Also open turns end with it (a session that ended): as what. */
  readonly endsTurns?: "cancelled" | "failed";
};

/** A prompt was given: `Report.turn` is its id. An open one of the same id is the same; other open ones end as cancelled. */
export type TurnOpened = {
  readonly fact: "turn.opened";
  /** Null when the event does not hold it. */
  readonly text: string | null;
  readonly name?: string | undefined;
};

/** The turn (of this id, or the open one) ended. */
export type TurnClosed = {
  readonly fact: "turn.closed";
  readonly status: "completed" | "failed" | "cancelled";
  /** Null leaves what there is. */
  readonly response?: string | null | undefined;
  readonly error?: string | null | undefined;
  /** Nobody said so, but its output has ended: what comes of it yet goes on. */
  readonly isGuess?: boolean;
  /** As the source says; else it is the time since the turn was opened. */
  readonly latencyMs?: number | null | undefined;
};

/**
 * Text of a turn. Prompt: where there is none. Response: `append` as a further paragraph, `fill` where there is none, `guess`
 * where there is none and until telemetry tells a better one.
 */
export type TurnText = {
  readonly fact: "turn.text";
  readonly prompt?: string | null;
  readonly response?: string | null;
  readonly how: "append" | "fill" | "guess";
  /** Told by this once, whoever tells it. */
  readonly key?: string;
};

/** A call of the turn failed: the turn has failed if no later call succeeded, and nothing else tells how it ended. */
export type TurnFailing = { readonly fact: "turn.failing"; readonly error: string };

/**
 * A call of a model, counted once per `call` and channel; told again its last value counts. Of a prompt only the best
 * channel counts: `otel` before `hook` before `stream`. Leaves a `cost_update` log.
 */
export type Usage = {
  readonly fact: "usage";
  /** The source's id of the call (request or message id), or the key of the event. */
  readonly call: string;
  /** The source gives it no id: `call` is made up, and not shown. */
  readonly isUnnamed?: boolean;
  readonly model: string | null;
  /** Of the model, for its price (`anthropic`, `openai`, `google`…), where the source says so. */
  readonly provider?: string | undefined;
  readonly tokens: Tokens;
  /** As the source reports it, US dollars; null: computed from a list of prices. */
  readonly costUsd: number | null;
  /** Milliseconds of the call, where told. */
  readonly durationMs?: number | null;
  /** What the model answered, where telemetry tells it: the last one of a turn becomes its response if it has none. */
  readonly response?: string | null | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
};

/**
 * What was used from the beginning of a conversation until now, per `counter`: what counts is the difference to the last one;
 * a smaller one begins anew. Else like `Usage`.
 */
export type Total = {
  readonly fact: "total";
  /** Whether it never begins anew, whatever process counts: then a smaller one is only late. */
  readonly isForever?: true;
  /** The run (an id) from whose beginning it counts, where that shows; else it may go on from a run before. */
  readonly run?: string;
  /** One of a conversation for each model, or one for all. */
  readonly counter: string;
  readonly model: string | null;
  readonly provider?: string | undefined;
  readonly tokens: Tokens;
  readonly costUsd: number | null;
  readonly details?: Readonly<Record<string, unknown>>;
};

/** An agent log. */
export type Noted = {
  readonly fact: "log";
  readonly level: LogLevel;
  readonly type: AgentLog["log_type"];
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /**
   * What happened, the same whoever tells it (`tool:<id of the call>`): it has one log, whose details are those of all who
   * told it; message, level and what is told twice are those of the best: `hook` before `stream` before `otel`.
   */
  readonly key?: string;
  /**
   * It has no id by which it could be told to be the same: where hooks tell of the same conversation (or, of telemetry, a
   * stream) they tell it too, and this is but a detail (`DEBUG`).
   */
  readonly isAside?: boolean;
};
