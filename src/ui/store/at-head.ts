import type { Client, RequestOptions } from "#src/client/client.ts";
import type { Loaded } from "./source.ts";

/**
 * For reads that do not tell what they were read at: the feed's head before them. What came in between is told again, so it
 * fits sources that are outdated by changes, not those that add them up.
 */
export async function atHead<Value>(
  client: Client,
  options: RequestOptions,
  read: () => Promise<Value>,
): Promise<Loaded<Value>> {
  const { head_seq: seq } = await client.listEvents({}, options);
  return { seq, value: await read() };
}
