import * as fc from "fast-check";
import type { Operation } from "./document.ts";
import { queryOf } from "./request-arbitrary.ts";
import type { Sources } from "./schema-arbitrary.ts";

/** What somebody does to a socket: the head of an upgrade, then bytes. */
export type SocketCase = {
  readonly operation: Operation;
  readonly head: string;
  readonly frames: readonly Frame[];
  /** How the last frame closes it, with which code; null when it is left open and the connection dropped. */
  readonly close: number | null;
};

export type Frame = {
  readonly opcode: number;
  readonly fin: boolean;
  /** The three reserved bits. */
  readonly reserved: number;
  readonly payload: Uint8Array;
};

const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const VERSION = "Sec-WebSocket-Version: 13";
/** The first of each is right. */
const UPGRADES = ["Upgrade: websocket", "Upgrade: WebSocket", "Upgrade: h2c", "Upgrade: websocket, x", "X: 1"];
const CONNECTIONS = ["Connection: Upgrade", "Connection: keep-alive, Upgrade", "Connection: close", "X: 1"];
const KEYS = [
  KEY,
  "Sec-WebSocket-Key: short",
  "Sec-WebSocket-Key:",
  `${KEY}\r\n${KEY}`,
  "X: 1",
  `Sec-WebSocket-Key: ${"x".repeat(3_000)}`,
];
const VERSIONS = [VERSION, "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 99", "Sec-WebSocket-Version: x", "X: 1"];
const PROTOCOLS = [
  "X: 1",
  "orchestrator",
  "orchestrator, bearer.nope",
  "bearer.nope",
  "a, b, c",
  "",
  ",,,",
  "a b",
  "x".repeat(3_000),
].map((value, index) => (index === 0 ? value : `Sec-WebSocket-Protocol: ${value}`));
const MORE = [
  "X: 1",
  "Sec-WebSocket-Extensions: permessage-deflate",
  "Sec-WebSocket-Extensions: ;;,rubbish=",
  "Origin: http://localhost:5173",
  "Origin: http://evil.example",
  "Last-Event-ID: 5",
  "Content-Length: 5",
  "Transfer-Encoding: chunked",
];

/** Mostly what is right, so that most upgrades come about. */
const mostly = (lines: readonly string[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(lines[0]!) }, { weight: 1, arbitrary: fc.constantFrom(...lines) });

function lettersOf(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x61);
}

const payload = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))) },
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  fc.constantFrom(0, 125, 126, 127, 65_535, 65_536, 65_537, 70_000, 200_000).map(lettersOf),
);

const frame: fc.Arbitrary<Frame> = fc.record({
  opcode: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 2, 9, 10) }, fc.integer({ min: 0, max: 15 })),
  fin: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.boolean()),
  reserved: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 7 })),
  payload,
});

/** A message as it should be, but for its length. */
const whole: fc.Arbitrary<Frame> = fc.record({
  opcode: fc.constantFrom(1, 2),
  fin: fc.constant(true),
  reserved: fc.constant(0),
  payload: fc.constantFrom(0, 65_536, 65_537, 200_000).map(lettersOf),
});

const code = fc.oneof(
  { weight: 1, arbitrary: fc.constant(1000) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(1001, 1002, 1005, 1006, 1011, 1015, 0, 999, 3000, 4000, 4401, 4999, 5000, 65_535),
  },
);

/** Upgrades and what comes behind them, to every path of the document that is a socket. */
export function anySocketCase(operations: readonly Operation[], sources: Sources): fc.Arbitrary<SocketCase> {
  return fc.constantFrom(...operations).chain((operation) =>
    fc.record({
      operation: fc.constant(operation),
      head: headOf(operation, sources),
      frames: fc.oneof(
        { weight: 4, arbitrary: fc.array(frame, { maxLength: 4 }) },
        { weight: 3, arbitrary: fc.array(whole, { maxLength: 2 }) },
      ),
      close: fc.option(code, { freq: 5 }),
    }),
  );
}

function headOf(operation: Operation, sources: Sources): fc.Arbitrary<string> {
  const lines = [UPGRADES, CONNECTIONS, KEYS, VERSIONS, PROTOCOLS, MORE].map(mostly);
  return fc
    .tuple(queryOf(operation, sources), ...lines)
    .map(
      ([query, ...headers]) =>
        `GET ${operation.path}${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers.join("\r\n")}\r\n\r\n`,
    );
}

const MASK = [1, 2, 3, 4] as const;

/** A frame as a client sends it: masked. */
export function encode({ opcode, fin, reserved, payload: plain }: Frame): Buffer {
  const { length } = plain;
  const head = length < 126 ? Buffer.alloc(2) : length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = (fin ? 128 : 0) | (reserved << 4) | opcode;
  head[1] = 128 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.from(MASK), plain.map((byte, index) => byte ^ MASK[index % 4]!)]);
}

/** A close frame with a code, as a client sends it. */
export function encodeClose(closeCode: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(closeCode);
  return encode({ opcode: 8, fin: true, reserved: 0, payload: bytes });
}
