import { describe, expect, test } from "bun:test";
import { ApiError, type Change, type Client, UnreachableError } from "#src/client/client.ts";
import { openSlice } from "#src/ui/store/slice.ts";
import type { Loaded, Source } from "#src/ui/store/source.ts";
import { until } from "#test/support/until.ts";

const NO_CLIENT = {} as Client;

function change(seq: number, type = "agent.updated"): Change {
  return { type, seq, at: "2026-02-05T10:30:00.000Z", id: "a", agent_id: "a", session_id: "s", data: {} } as Change;
}

/** A source of the numbers that were seen, whose reads the test answers. */
function numbers({ outdates }: Pick<Source<readonly number[]>, "outdates"> = {}) {
  const reads: {
    answer: (loaded: Loaded<readonly number[]>) => void;
    fail: (error: Error) => void;
    signal: AbortSignal;
  }[] = [];
  const source: Source<readonly number[]> = {
    key: "numbers",
    load(_client, { signal }) {
      const { promise, resolve, reject } = Promise.withResolvers<Loaded<readonly number[]>>();
      reads.push({ answer: resolve, fail: reject, signal: signal! });
      return promise;
    },
    reduce: (value, changes) => [...value, ...changes.map(({ seq }) => seq)],
    ...(outdates === undefined ? {} : { outdates }),
  };
  let began: number | null = null;
  const refused: ApiError[] = [];
  const slice = openSlice(source as Source<unknown>, {
    client: () => NO_CLIENT,
    pace: { rereadMs: 1, retryMs: [1] },
    began: () => began,
    onChange() {},
    onRefused: (error) => refused.push(error),
  });
  const read = (n: number) => until(`read ${n}`, () => reads[n]);
  const settled = (value: unknown) =>
    until("the value", () => Bun.deepEquals(slice.state.value, value) && !slice.state.isLoading);
  return { slice, reads, read, refused, settled, begin: (seq: number) => (began = seq) };
}

describe("what the feed tells is counted once", () => {
  test("behind the read, not before it", async () => {
    const { slice, read, settled } = numbers();
    slice.load();
    (await read(0)).answer({ value: [], seq: 10 });
    await settled([]);
    slice.take([change(9), change(10), change(11)]);
    slice.take([change(12)]);
    expect(slice.state.value).toEqual([11, 12]);
  });

  test("what comes during the read is kept, and counts where it is newer than what was read", async () => {
    const { slice, read, settled } = numbers();
    slice.load();
    slice.take([change(9), change(10)]);
    slice.take([change(11)]);
    (await read(0)).answer({ value: [], seq: 10 });
    await settled([11]);
  });

  test("during a second read it is shown at once, and not lost by what that read says", async () => {
    const { slice, read, settled } = numbers();
    slice.load();
    (await read(0)).answer({ value: [], seq: 10 });
    await settled([]);
    slice.load();
    slice.take([change(11), change(12)]);
    expect(slice.state.value).toEqual([11, 12]);
    (await read(1)).answer({ value: [0], seq: 11 });
    await settled([0, 12]);
  });

  test("a read that began before the stream of changes is made again: what came in between was seen by nobody", async () => {
    const { slice, read, settled, begin } = numbers();
    slice.load();
    const first = await read(0);
    begin(15);
    slice.joinAt(15);
    first.answer({ value: [1], seq: 10 });
    (await read(1)).answer({ value: [2], seq: 15 });
    await settled([2]);
  });

  test("and so is one that was over by then, but not one that is as new", async () => {
    const { slice, reads, read, settled, begin } = numbers();
    slice.load();
    (await read(0)).answer({ value: [1], seq: 10 });
    await settled([1]);
    begin(10);
    slice.joinAt(10);
    expect(reads).toHaveLength(1);
    begin(11);
    slice.joinAt(11);
    (await read(1)).answer({ value: [2], seq: 11 });
    await settled([2]);
  });
});

describe("what only the server can add up is read again", () => {
  const outdates = ({ type }: Change) => type === "prompt.updated";

  test("when a change outdates it, once for many", async () => {
    const { slice, reads, read, settled } = numbers({ outdates });
    slice.load();
    (await read(0)).answer({ value: [], seq: 1 });
    await settled([]);
    slice.take([change(2)]);
    slice.take([change(3, "prompt.updated"), change(4, "prompt.updated")]);
    slice.take([change(5, "prompt.updated")]);
    (await read(1)).answer({ value: [0], seq: 5 });
    await settled([0]);
    expect(reads).toHaveLength(2);
  });

  test("again when one came while it was read", async () => {
    const { slice, read, settled } = numbers({ outdates });
    slice.load();
    (await read(0)).answer({ value: [], seq: 1 });
    await settled([]);
    slice.load();
    slice.take([change(2, "prompt.updated")]);
    (await read(1)).answer({ value: [0], seq: 1 });
    (await read(2)).answer({ value: [1], seq: 2 });
    await settled([1]);
  });
});

describe("a read that fails", () => {
  test("is tried again when that may help, and what was known stays", async () => {
    const { slice, read, settled } = numbers();
    slice.load();
    (await read(0)).answer({ value: [7], seq: 1 });
    await settled([7]);
    slice.load();
    (await read(1)).fail(new UnreachableError("nobody there"));
    await until("the error", () => slice.state.error);
    expect(slice.state).toMatchObject({ value: [7], isLoading: false });
    slice.take([change(2)]);
    (await read(2)).answer({ value: [8], seq: 2 });
    await settled([8]);
    expect(slice.state.error).toBeNull();
  });

  test("is not tried again when the server refuses it, until somebody asks", async () => {
    const { slice, reads, read, settled } = numbers();
    slice.load();
    (await read(0)).fail(new ApiError({ status: 422, code: "validation", title: "No", detail: "unknown" }));
    await until("the error", () => slice.state.error);
    expect(reads).toHaveLength(1);
    slice.load();
    (await read(1)).answer({ value: [], seq: 1 });
    await settled([]);
  });

  test("for want of a token tells who can ask for one", async () => {
    const { slice, read, refused } = numbers();
    slice.load();
    (await read(0)).fail(new ApiError({ status: 401, code: "unauthorized", title: "No", detail: "a token" }));
    await until("the refusal", () => refused.length === 1);
  });
});

test("a new read gives up the one that runs, and a closed slice its own", async () => {
  const { slice, read, settled } = numbers();
  slice.load();
  slice.load();
  const [first, second] = [await read(0), await read(1)];
  expect(first.signal.aborted).toBe(true);
  first.answer({ value: [1], seq: 1 });
  second.answer({ value: [2], seq: 2 });
  await settled([2]);
  slice.load();
  slice.close();
  expect((await read(2)).signal.aborted).toBe(true);
});
