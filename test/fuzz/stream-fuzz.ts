import * as fc from "fast-check";
import { expect } from "bun:test";
import { testServer } from "#test/support/test-server.ts";
import { expectUp } from "./connection-fuzz.ts";
import { answerSchema, readDocument, type Schema } from "./document.ts";
import { BARE } from "./raw-connection.ts";
import { queryOf } from "./request-arbitrary.ts";
import { runProperty, type RunOptions } from "./run-property.ts";
import { faultsOf } from "./schema-check.ts";

const STREAM = "text/event-stream";
const LAST_EVENT_IDS = [
  null,
  null,
  null,
  "",
  "0",
  "1",
  "5",
  "9007199254740991",
  "9007199254740993",
  "-1",
  "abc",
  "1 2",
  "é",
];
const ACCEPTS = [STREAM, STREAM, "text/event-stream, */*", "TEXT/EVENT-STREAM", "*/*", "text/event-stream;q=0"];

/** Asks for so many streams, reads how each begins, and lets it go. */
export async function fuzzStreams({
  cases,
  ...options
}: RunOptions & { readonly cases: number }): Promise<Map<number, number>> {
  const { operations, schemas } = readDocument();
  const streams = operations.filter(({ responses }) => responses["200"]?.content?.[STREAM] !== undefined);
  // A stream has the frames of the sockets.
  const frame = { anyOf: operations.flatMap((operation) => answerSchema(operation, 101, "application/json") ?? []) };
  await using server = await testServer();
  const byStatus = new Map<number, number>();
  const asked = fc.constantFrom(...streams).chain((operation) =>
    fc.record({
      operation: fc.constant(operation),
      query: queryOf(operation, { schemas, known: new Map() }),
      lastEventId: fc.constantFrom(...LAST_EVENT_IDS),
      accept: fc.constantFrom(...ACCEPTS),
    }),
  );
  const property = fc.asyncProperty(asked, async ({ operation, query, lastEventId, accept }) => {
    const headers = { Accept: accept, ...(lastEventId === null ? {} : { "Last-Event-ID": lastEventId }) };
    const response = await fetch(server.url + operation.path + query, { headers });
    const { status } = response;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    if (BARE.includes(status) && response.headers.get("Content-Type") === null) return;
    expect(Object.keys(operation.responses), "a documented status").toContain(String(status));
    expect(status).toBeLessThan(500);
    const [type = ""] = (response.headers.get("Content-Type") ?? "").split(";");
    const read = type === STREAM ? await firstFrame(response) : await response.json();
    const schema: Schema = type === STREAM ? frame : answerSchema(operation, status, type)!;
    expect(faultsOf(schema, read, schemas), JSON.stringify(read)).toEqual([]);
    await expectUp(server);
  });
  await runProperty("streams", property, { ...options, runs: cases });
  return byStatus;
}

async function firstFrame(response: Response): Promise<unknown> {
  const reader = response.body!.getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += new TextDecoder().decode(value);
    if (done || text.includes("\n\n")) break;
  }
  await reader.cancel();
  return JSON.parse(/^data: (.*)$/m.exec(text)![1]!);
}
