/** Why a stream ended: the client left, it could not keep up, its cursor could not be served, or the server did it. */
export type EndReason = "client" | "slow" | "stale" | "restart" | "token" | "error";

/** What became of a message: a sign of life is ignored. */
export type MessageOutcome = "stored" | "refused" | "malformed" | "ignored";

/** What one kind of stream has seen since the start. */
export type StreamFigures = {
  opened: number;
  readonly ended: Record<EndReason, number>;
  /** Streams that are not live yet. */
  replaying: number;
  /** Messages that clients have sent, where they are taken. */
  readonly messages: Record<MessageOutcome, number>;
};

/** What the feed has done since the start. */
export type FeedFigures = {
  /** Everything up to this `seq` has been published. */
  readonly publishedSeq: number;
  /** Whether anybody is told: else nothing is published, and nothing is late. */
  readonly hasListeners: boolean;
  /** Whether the last attempt to read it failed; another one follows. */
  readonly isFailing: boolean;
  /** Changes that were published while somebody listened. */
  readonly published: number;
};

/** All that is live. */
export type LiveFigures = {
  readonly feed: FeedFigures;
  readonly streams: Readonly<Record<"websocket" | "sse", StreamFigures & { readonly open: number }>>;
};

/** Nothing seen yet. */
export function newStreamFigures(): StreamFigures {
  return {
    opened: 0,
    replaying: 0,
    ended: { client: 0, slow: 0, stale: 0, restart: 0, token: 0, error: 0 },
    messages: { stored: 0, refused: 0, malformed: 0, ignored: 0 },
  };
}
