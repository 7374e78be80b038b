/** What a live stream may cost, and how long a silent client is borne. Bytes and milliseconds. */
export type LiveLimits = {
  /** May wait for a live client before it is closed as slow. */
  readonly slowBytes: number;
  /** A replay that waits this long for its reader is closed. */
  readonly unreadMs: number;
  /** How often both are looked at: one sweep over all streams. */
  readonly sweepMs: number;
  /** Every live stream gets a bookmark this often, a replay that shows nothing too. */
  readonly bookmarkMs: number;
};

/** The limits of a server that was not told others. */
export const LIVE_LIMITS: LiveLimits = { slowBytes: 1_000_000, unreadMs: 30_000, sweepMs: 1_000, bookmarkMs: 10_000 };

/** What a replay keeps waiting for its reader at most: it goes on when there is less. */
export const AHEAD_BYTES = 64_000;
