import { expect, test } from "bun:test";
import { soonAfter } from "#src/upkeep/soon-after.ts";

test("work is waited for, and left to itself when it does not end soon after the signal", async () => {
  const stopping = new AbortController();
  const work = Promise.withResolvers<void>();
  const first = soonAfter(stopping.signal, work.promise, 0);
  work.resolve();
  await first;
  const failing = soonAfter(stopping.signal, Promise.reject(new Error("no folder")), 0);
  await expect(failing).rejects.toThrow("no folder");

  // As on a network disk that hangs.
  const hung = new Promise<void>(() => {});
  const hanging = soonAfter(stopping.signal, hung, 0);
  stopping.abort();
  await hanging;
  await soonAfter(stopping.signal, hung, 0);
});
