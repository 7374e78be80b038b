import type { Store } from "#src/ui/store/store.ts";

const LOCK = "orchestrator-hidden-page";

/**
 * Follows the feed while the page is seen. Of the hidden ones one goes on, for the count in its title and for
 * notifications: browsers open six connections to a server for all their pages, and a page that waits for one stands still.
 */
export function followWhileSeen(store: Pick<Store, "follow" | "rest">): void {
  let hidden: AbortController | null = null;

  function update(): void {
    hidden?.abort();
    hidden = null;
    if (!document.hidden) return store.follow();
    store.rest();
    // Only pages of a safe origin (this machine's, or HTTPS) have locks.
    if (navigator.locks === undefined) return;
    const own = new AbortController();
    hidden = own;
    const whileHidden = () =>
      new Promise<void>((resolve) => {
        store.follow();
        own.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    navigator.locks.request(LOCK, { signal: own.signal }, whileHidden).catch(() => {
      // Seen again before it was this page's turn.
    });
  }

  document.addEventListener("visibilitychange", update);
  update();
}
