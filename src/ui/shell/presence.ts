import type { Link } from "#src/ui/store/link.ts";
import type { Store } from "#src/ui/store/store.ts";

const LOCK = "orchestrator-hidden-page";

const isRefused = ({ state }: Link) => state === "locked" || state === "refused";

/** What of the browser it takes: whether the page is seen, and locks between pages. */
export type Surroundings = {
  readonly document: Pick<Document, "hidden" | "addEventListener">;
  /** Only pages of a safe origin (this machine's, or HTTPS) have them. */
  readonly locks: Pick<LockManager, "request"> | undefined;
};

/**
 * Follows the feed while the page is seen. Of the hidden ones one goes on, for the count in its title and for
 * notifications: browsers open six connections to a server for all their pages, and a page that waits for one stands still.
 */
export function followWhileSeen(
  store: Pick<Store, "follow" | "link" | "rest" | "subscribe">,
  { document, locks }: Surroundings,
): void {
  let hidden: AbortController | null = null;

  function update(): void {
    hidden?.abort();
    hidden = null;
    if (!document.hidden) return store.follow();
    store.rest();
    if (locks === undefined) return;
    const own = new AbortController();
    hidden = own;
    const whileHidden = () =>
      new Promise<void>((resolve) => {
        const end = () => {
          stop();
          resolve();
        };
        // One that the server refuses would keep the others from it.
        const stop = store.subscribe(() => isRefused(store.link) && end());
        own.signal.addEventListener("abort", end, { once: true });
        store.follow();
        if (isRefused(store.link)) end();
      });
    locks.request(LOCK, { signal: own.signal }, whileHidden).catch(() => {
      // Seen again before it was this page's turn.
    });
  }

  document.addEventListener("visibilitychange", update);
  update();
}
