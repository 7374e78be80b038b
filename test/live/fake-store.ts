import type { ChangePage, ChangeStore } from "#src/database/manager.ts";
import type { Change } from "#src/domain/change.ts";

/** A feed in memory: `commit` adds to it and wakes whoever listens. */
export type FakeStore = ChangeStore & {
  readonly attended: boolean[];
  readonly listeners: number;
  /** Where the pages that were read began. */
  readonly pages: number[];
  commit(...changes: Partial<Change>[]): void;
  /** Runs before the next page is handed over: the reads of an engine take their time. */
  beforePage: (() => void | Promise<void>) | null;
};

export function fakeStore(): FakeStore {
  const changes: Change[] = [];
  const listeners = new Set<() => void>();
  const attended: boolean[] = [];
  const pages: number[] = [];
  const store: FakeStore = {
    attended,
    pages,
    get listeners() {
      return listeners.size;
    },
    beforePage: null,
    commit(...added) {
      for (const change of added) changes.push(changeOf(changes.length + 1, change));
      for (const listener of listeners) listener();
    },
    state: async () => ({ headSeq: changes.length, oldestSeq: 1, feed: "feed" }),
    async page(after, upTo, limit): Promise<ChangePage> {
      pages.push(after);
      const end = Math.min(upTo, after + limit);
      const page = changes.slice(after, end);
      const hook = store.beforePage;
      store.beforePage = null;
      await hook?.();
      return { changes: page, through: end };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    attend: (listening) => void attended.push(listening),
  };
  return store;
}

function changeOf(seq: number, change: Partial<Change>): Change {
  const base = {
    atMillis: 0,
    entity: "system_log",
    op: "created",
    agentId: null,
    sessionId: null,
    data: null,
  } as const;
  return { seq, id: seq, ...base, ...change };
}
