import * as fc from "fast-check";
import type { FuzzRequest } from "./request-arbitrary.ts";

const METHODS = [
  "GET",
  "POST",
  "HEAD",
  "OPTIONS",
  "DELETE",
  "BREW",
  "get",
  "CONNECT",
  "TRACE",
  "G T",
  "",
  "PRI",
  "\0",
  "X".repeat(500),
];
const VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTP/1.1 ", "http/1.1", "", "JUNK"];
const TARGETS = [
  "*",
  "",
  "nope",
  "/health HTTP/1.1",
  "http://127.0.0.1/health",
  "http://evil.example/api/agents",
  "https://user:secret@evil.example:1/health",
  "evil.example:443",
  "//evil.example/health",
  "/health#part",
  "/api/agents?q=\u00e9",
  "/api/agents?q=\0",
  "/api/agents/%",
  "/../../etc/passwd",
  "/./health",
  `/api/agents?q=${"x".repeat(9_000)}`,
  `/${"x".repeat(20_000)}`,
  `/${"a/".repeat(4_000)}`,
];
const LINES = [
  "Host: 127.0.0.1",
  "Host: evil.example",
  "Host:",
  "Host: a b",
  "host: localhost",
  "Content-Length: 5",
  "Content-Length: 5, 6",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Content-Length: 0x10",
  "Content-Length: 1 1",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding : chunked",
  "Expect: 100-continue",
  "Connection: close",
  "Connection: keep-alive, Upgrade",
  "Upgrade: h2c",
  "Upgrade: websocket",
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Content-Type: application/json",
  "Accept: text/event-stream",
  "no colon",
  ": no name",
  " folded: line",
  "\tfolded",
  "N\0l: 1",
  "Value: a\0b",
  "Value: a\rb",
  "Bad Name: 1",
  `Long: ${"x".repeat(20_000)}`,
  `${"n".repeat(5_000)}: 1`,
  Array.from({ length: 300 }, (_, index) => `H${index}: ${index}`).join("\r\n"),
];
const BODIES = [
  "",
  "hello",
  "{}",
  "5\r\nhello\r\n0\r\n\r\n",
  "5\r\nhel",
  "zz\r\nhello\r\n",
  "-1\r\n",
  "ffffffffffffffff\r\nx",
  "5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
];
const LINE_ENDS = ["\n", "\r", "\r\r\n"];
const NEXT = ["", "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n", "\0\0\0"];

/** Bytes of requests that are hardly any HTTP: pieces that go wrong, put together and cut off anywhere. */
export function brokenHttp(request: fc.Arbitrary<FuzzRequest>): fc.Arbitrary<Uint8Array> {
  const known = request.map(({ target }) => target);
  const text = fc
    .record({
      method: fc.oneof({ weight: 6, arbitrary: fc.constantFrom("GET", "POST") }, fc.constantFrom(...METHODS)),
      target: fc.oneof({ weight: 2, arbitrary: known }, fc.constantFrom(...TARGETS)),
      version: fc.oneof({ weight: 9, arbitrary: fc.constant("HTTP/1.1") }, fc.constantFrom(...VERSIONS)),
      host: fc.oneof({ weight: 6, arbitrary: fc.constant(["Host: 127.0.0.1"]) }, fc.constant([])),
      lines: fc.array(fc.constantFrom(...LINES), { maxLength: 3 }),
      end: fc.oneof({ weight: 9, arbitrary: fc.constant("\r\n") }, fc.constantFrom(...LINE_ENDS)),
      body: fc.constantFrom(...BODIES),
      next: fc.constantFrom(...NEXT),
    })
    .map(({ method, target, version, host, lines, end, body, next }) =>
      [`${method} ${target} ${version}`, ...host, ...lines, "", `${body}${next}`].join(end),
    );
  const bytes = text.map((one) => new Uint8Array(Buffer.from(one)));
  return fc.oneof(
    { weight: 6, arbitrary: bytes },
    { weight: 2, arbitrary: fc.tuple(bytes, fc.nat()).map(([whole, at]) => whole.slice(0, at % whole.length)) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
  );
}

/** A command in chunks, cut off before its end. */
export function cutCommand(): fc.Arbitrary<string> {
  const body = JSON.stringify({ component: "cut", message: "x".repeat(50) });
  const head = "POST /api/system/logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0`;
  const counted = `${head}Content-Length: ${body.length + 1}\r\n\r\n${body}`;
  return fc
    .tuple(fc.constantFrom(chunked, counted), fc.nat())
    .map(([text, left]) => text.slice(0, text.length - (left % text.length)));
}
