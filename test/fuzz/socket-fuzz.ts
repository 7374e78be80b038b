import * as fc from "fast-check";
import { expect } from "bun:test";
import { openSocket, type SocketClient } from "#test/support/socket-client.ts";
import { socketDecoder } from "#test/support/raw-reader.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { makeSystemLog } from "#test/support/rows.ts";
import { until } from "#test/support/until.ts";
import { expectUp } from "./connection-fuzz.ts";
import { answerSchema, readDocument, type Schemas } from "./document.ts";
import { BARE, openConnection, type RawConnection, statusesIn } from "./raw-connection.ts";
import { runProperty, type RunOptions } from "./run-property.ts";
import { faultsOf } from "./schema-check.ts";
import { anySocketCase, encode, encodeClose, type SocketCase } from "./socket-arbitrary.ts";

/** Of this API and of RFC 6455; 1011 would be a fault of the server. A client's own code comes back to it. */
const CLOSE_CODES = [1000, 1001, 1002, 1005, 1006, 1007, 1009, 4401, 4408, 4410];

/** Opens and mistreats so many sockets; a socket of somebody else gets each frame meanwhile. Returns how they were closed. */
export async function fuzzSockets({
  cases,
  ...options
}: RunOptions & { readonly cases: number }): Promise<Map<number, number>> {
  const { operations, schemas } = readDocument();
  const sockets = operations.filter(({ responses }) => "101" in responses);
  await using server = await testServer();
  await using witness = await openSocket(server.url, "/ws/events");
  const byCode = new Map<number, number>();

  const property = fc.asyncProperty(anySocketCase(sockets, { schemas, known: new Map() }), async (given) => {
    using connection = await openConnection(server.url);
    connection.write(given.head);
    await until("an answer, or the end", () => connection.closed || statusesIn(connection.received).length > 0);
    const status = statusOf(connection);
    if (status === 101) {
      const closed = await mistreat(connection, given, schemas);
      byCode.set(closed, (byCode.get(closed) ?? 0) + 1);
    } else if (!BARE.includes(status)) {
      expect(Object.keys(given.operation.responses), "a documented status").toContain(String(status));
      expect(status).toBeLessThan(500);
    }
    await expectUp(server);
    await expectFrames(server, witness);
  });
  await runProperty("sockets", property, { ...options, runs: cases });
  return byCode;
}

/** 0 for a connection that was closed without an answer. */
function statusOf({ received }: RawConnection): number {
  return statusesIn(received)[0] ?? 400;
}

/** Sends what the case has for an open socket; what comes back are frames and close codes of the document. */
async function mistreat(
  connection: RawConnection,
  { operation, frames, close }: SocketCase,
  schemas: Schemas,
): Promise<number> {
  for (const frame of frames) connection.write(encode(frame));
  if (close !== null) {
    connection.write(encodeClose(close));
    await until("the socket to be closed", () => connection.closed);
  }
  const { texts, code = 1006 } = framesIn(connection);
  const schema = answerSchema(operation, 101, "application/json")!;
  for (const text of texts) expect(faultsOf(schema, JSON.parse(text), schemas), text).toEqual([]);
  const own = frames
    .filter(({ opcode, payload }) => opcode === 8 && payload.length > 1)
    .map(({ payload }) => Buffer.from(payload).readUInt16BE());
  if (connection.closed) expect([...CLOSE_CODES, close, ...own], "how it was closed").toContain(code);
  return connection.closed ? code : 0;
}

function framesIn({ received }: RawConnection) {
  return socketDecoder()(received.subarray(received.indexOf("\r\n\r\n") + 4));
}

async function expectFrames(server: TestServer, witness: SocketClient): Promise<void> {
  const { id } = await makeSystemLog(server);
  await witness.next("the frame of a log", (frame) => frame.type === "system_log.created" && frame["id"] === id);
  witness.frames.length = 0;
}
