/** How the page is connected to its server. */
export type Link =
  | { readonly state: "connecting" }
  /** What is shown is what is. */
  | { readonly state: "live"; readonly version: string }
  /** Not live: what is shown is as of `since`; the next try is at `retryAt` (both UTC milliseconds). */
  | { readonly state: "down"; readonly why: string; readonly since: number; readonly retryAt: number }
  /** The server asks for a token; `detail` says why, where one was sent. */
  | { readonly state: "locked"; readonly detail: string; readonly hadToken: boolean }
  /** The server refuses the stream for good, whether or not to a token. */
  | { readonly state: "refused"; readonly detail: string; readonly hadToken: boolean }
  /** A hidden page that another one listens in place of. */
  | { readonly state: "resting" };

/** That the history of changes was cut, and everything was read anew. */
export type Cut = { readonly reason: "pruned" | "ahead" | "replaced"; readonly at: number };
