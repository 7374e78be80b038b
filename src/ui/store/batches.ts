/** Eyes need no more than ten pictures a second of what moves all the time. */
const GAP_MS = 100;

/** Collects what comes one by one, and hands it on together. */
export type Batches<Item> = {
  add(item: Item): void;
  /** Forgets what was not handed on yet. */
  drop(): void;
};

/** The first after a pause is handed on with the next picture, what follows at most ten times a second. */
export function createBatches<Item>(take: (items: readonly Item[]) => void): Batches<Item> {
  let items: Item[] = [];
  let isDue = false;
  let lastAt = Number.NEGATIVE_INFINITY;

  function flush(): void {
    isDue = false;
    if (items.length === 0) return;
    lastAt = performance.now();
    const batch = items;
    items = [];
    take(batch);
  }

  return {
    add(item) {
      items.push(item);
      if (isDue) return;
      isDue = true;
      // Timers also run in a hidden page, where frames do not.
      setTimeout(flush, Math.max(0, lastAt + GAP_MS - performance.now()));
    },
    drop() {
      items = [];
    },
  };
}
