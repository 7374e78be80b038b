import { describe, expect, test } from "bun:test";
import { followWhileSeen, type Surroundings } from "#src/ui/shell/presence.ts";
import type { Link } from "#src/ui/store/link.ts";

type Page = { hide(): void; show(): void; readonly isFollowing: boolean; refuse(): void };

/** One lock at a time, in the order in which it was asked for. */
function oneLock(): Surroundings["locks"] {
  let last: Promise<unknown> = Promise.resolve();
  const request = async (_name: string, { signal }: LockOptions, callback: () => Promise<unknown>) => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    try {
      await before;
      signal?.throwIfAborted();
      return await callback();
    } finally {
      resolve();
    }
  };
  return { request: request as LockManager["request"] };
}

function openPage(locks: Surroundings["locks"]): Page {
  let isFollowing = false;
  let link: Link = { state: "connecting" };
  const listeners = new Set<() => void>();
  let onVisibility = () => {};
  const document = {
    hidden: false,
    addEventListener: (_name: string, listener: () => void) => (onVisibility = listener),
  };
  const store = {
    follow: () => void (isFollowing = true),
    rest: () => void (isFollowing = false),
    get link() {
      return link;
    },
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  followWhileSeen(store, { document: document as unknown as Surroundings["document"], locks });
  const turn = (hidden: boolean) => {
    document.hidden = hidden;
    onVisibility();
  };
  return {
    hide: () => turn(true),
    show: () => turn(false),
    get isFollowing() {
      return isFollowing;
    },
    refuse() {
      isFollowing = false;
      link = { state: "locked", detail: "a token", hadToken: false };
      for (const listener of listeners) listener();
    },
  };
}

/** What is promised has been done. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe("a page follows while it is seen", () => {
  test("of the hidden ones the first goes on, and the next in its place once it is seen again", async () => {
    const locks = oneLock();
    const [one, other] = [openPage(locks), openPage(locks)];
    expect([one.isFollowing, other.isFollowing]).toEqual([true, true]);
    one.hide();
    other.hide();
    await settled();
    expect([one.isFollowing, other.isFollowing]).toEqual([true, false]);
    one.show();
    await settled();
    expect([one.isFollowing, other.isFollowing]).toEqual([true, true]);
  });

  test("one that the server refuses leaves its place to the next", async () => {
    const locks = oneLock();
    const [one, other] = [openPage(locks), openPage(locks)];
    one.hide();
    other.hide();
    await settled();
    one.refuse();
    await settled();
    expect(other.isFollowing).toBe(true);
  });

  test("where pages have no locks, none goes on hidden", async () => {
    const page = openPage(undefined);
    page.hide();
    await settled();
    expect(page.isFollowing).toBe(false);
    page.show();
    expect(page.isFollowing).toBe(true);
  });
});
