import { expect, test } from "bun:test";
import type { Change, Client } from "#src/client/client.ts";
import { atHead } from "#src/ui/store/at-head.ts";
import { openSlice } from "#src/ui/store/slice.ts";
import { until } from "#test/support/until.ts";

test("a source that the feed reduces to nothing is nothing, not what it was", async () => {
  const client = {} as Client;
  const slice = openSlice(
    { key: "one", load: async () => ({ seq: 1, value: "was" }), reduce: () => null },
    {
      client: () => client,
      pace: { rereadMs: 1, retryMs: [1] },
      began: () => 1,
      onChange: () => {},
      onRefused: () => {},
    },
  );
  slice.load();
  await until("it is read", () => slice.state.value);
  slice.take([{ seq: 2 } as Change]);
  expect(slice.state.value).toBeNull();
  slice.close();
});

test("what tells no seq is read at the head that was before it", async () => {
  const calls: string[] = [];
  const client = {
    listEvents: async () => {
      calls.push("head");
      return { head_seq: 42 };
    },
  } as unknown as Client;
  const read = async () => {
    calls.push("read");
    return "value";
  };
  expect(await atHead(client, {}, read)).toEqual({ seq: 42, value: "value" });
  expect(calls).toEqual(["head", "read"]);
});
