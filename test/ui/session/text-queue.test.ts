import { expect, test } from "bun:test";
import { ApiError, UnreachableError } from "#src/client/client.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { PromptRow } from "#src/ui/session/prompts-source.ts";
import { createTextQueue, type TextPace } from "#src/ui/session/text-queue.ts";
import { until } from "#test/support/until.ts";

const PACE: TextPace = { rereadMs: 100, retryMs: [20, 40], gapMs: 5 };
const row = (id: string, isOutdated = true) => ({ id, isOutdated }) as PromptRow;
const refusal = (status: number, retryAfterMs: number | null = null) =>
  new ApiError({ status, title: "no", detail: "not now", code: "refused" } as never, retryAfterMs);

/** A queue whose reads are answered as `answer` says; keeps when which was asked for, and what came of it. */
function world(answer: (id: string) => Promise<Prompt>, pace = PACE) {
  const asked: { readonly id: string; readonly at: number }[] = [];
  const read: (string | null)[] = [];
  const errors: (Error | null)[] = [];
  let most = 0;
  let running = 0;
  const queue = createTextQueue({
    async read(id) {
      asked.push({ id, at: performance.now() });
      most = Math.max(most, (running += 1));
      try {
        return await answer(id);
      } finally {
        running -= 1;
      }
    },
    onRead: (prompt, { id }) => read.push(prompt === null ? `${id} gone` : id),
    onError: (error) => errors.push(error),
    pace,
  });
  return { queue, asked, read, errors, most: () => most, [Symbol.dispose]: () => queue.close() };
}

const found = async (id: string) => ({ id }) as Prompt;

test("those that may be old are read one by one, each in its turn, however often they change", async () => {
  using the = world(found);
  const ids = ["a", "b", "c", "d"];
  const began = performance.now();
  await until("twelve reads", () => {
    the.queue.show([...ids.map((id) => row(id)), row("e", false)]);
    return the.asked.length >= 12;
  });
  expect(the.asked.slice(0, 12).map(({ id }) => id)).toEqual([...ids, ...ids, ...ids]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(2 * PACE.rereadMs);
  expect(the.most()).toBe(1);
});

test("one that fails is tried again by itself, no sooner than the server asks for; the others wait too", async () => {
  let isUp = false;
  using the = world((id) => (isUp ? found(id) : Promise.reject(refusal(429, 150))));
  the.queue.show([row("a"), row("b")]);
  await until("a failure", () => the.errors.length === 1);
  the.queue.show([row("a"), row("b")]);
  isUp = true;
  await until("both", () => the.read.length === 2);
  expect(the.asked).toHaveLength(3);
  expect(the.asked[1]!.at - the.asked[0]!.at).toBeGreaterThanOrEqual(149);
  expect(the.errors.at(-1)).toBeNull();
});

test("tries go apart while there is no server, and at once when asked to", async () => {
  let isUp = false;
  const slow = { ...PACE, retryMs: [1, 60_000] };
  using the = world((id) => (isUp ? found(id) : Promise.reject(new UnreachableError("no answer"))), slow);
  the.queue.show([row("a")]);
  await until("two tries", () => the.errors.length === 2);
  isUp = true;
  the.queue.retry();
  await until("it is read", () => the.read.length === 1);
  expect(the.errors.slice(-2)).toEqual([null, null]);
});

test("what is refused for good is told, and rests until its prompt changes; what is gone is told to be", async () => {
  const answers: Readonly<Record<string, () => Promise<Prompt>>> = {
    a: () => Promise.reject(refusal(403)),
    b: () => Promise.reject(refusal(404)),
  };
  using the = world((id) => (answers[id] ?? (() => found(id)))());
  const rows = [row("a"), row("b"), row("c")];
  the.queue.show(rows);
  await until("the others", () => the.read.length === 2);
  expect(the.read).toEqual(["b gone", "c"]);
  expect(the.errors.at(-1)).toMatchObject({ status: 403 });
  the.queue.show([rows[0]!]);
  expect(the.asked.filter(({ id }) => id === "a")).toHaveLength(1);
  the.queue.show([row("a")]);
  await until("it is asked for again", () => the.asked.filter(({ id }) => id === "a").length === 2);
});
