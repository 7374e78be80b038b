import * as fc from "fast-check";

const DEEP = 3_000;

/** JSON texts that hardly any field takes: spliced in as they stand. */
export const HOSTILE_JSON: readonly string[] = [
  "null",
  "true",
  "[]",
  "{}",
  '""',
  "0",
  "-0",
  "-1",
  "1.5",
  "1e400",
  "-1e400",
  "5e-324",
  "9007199254740993",
  "1e10",
  "[1e400]",
  String.raw`"a\u0000b"`,
  String.raw`"\ud800"`,
  String.raw`"x\udfffy"`,
  String.raw`{"a\u0000":1}`,
  String.raw`[{"\udc00":[]}]`,
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toJSON":1,"then":1}',
  `"${"x".repeat(256)}"`,
  `"${"🦊".repeat(256)}"`,
  `"${"x".repeat(70_000)}"`,
  "[".repeat(101) + "]".repeat(101),
  '{"a":'.repeat(100) + "1" + "}".repeat(100),
  "[".repeat(DEEP) + "]".repeat(DEEP),
  '{"a":'.repeat(DEEP) + "1" + "}".repeat(DEEP),
  `[${Array(5_000).fill("0").join()}]`,
  `{${Array.from({ length: 2_000 }, (_, index) => `"k${index}":0`).join()}}`,
];

/** Stands for a hostile JSON text in a value, since no value of JavaScript can be one. */
export const markOf = (index: number): string => `hostile JSON ${index}`;

/** A value as JSON, with the hostile texts where their marks are. */
export function withHostile(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"hostile JSON (\d+)"/g, (_mark, index) => HOSTILE_JSON[Number(index)]!);
}

/** Names of fields, as JSON texts, that no command has. */
export const HOSTILE_KEYS: readonly string[] = [
  '"colour"',
  '""',
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"hasOwnProperty"',
  '"id"',
  '"created_at"',
  String.raw`"a\u0000b"`,
  String.raw`"\ud800"`,
  `"${"k".repeat(5_000)}"`,
];

/** Texts that paths, parameters and headers are broken with, before they are written into an address. */
export const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  ".",
  "..",
  "../../etc/passwd",
  "%",
  "%00",
  "\0",
  "a/b",
  "a\\b",
  "?",
  "#",
  "'",
  "' or 1=1 --",
  '"',
  "*",
  "NEAR(",
  '"a" -"b" -',
  "-",
  ",",
  "a,,b",
  Array(101).fill("a").join(),
  "null",
  "undefined",
  "NaN",
  "-1",
  "0",
  "1e3",
  "1e400",
  "0x10",
  "01",
  "+1",
  "9007199254740991",
  "9007199254740993",
  "9999999999999999",
  "99999999999999999999",
  "true",
  "TRUE",
  "2026-02-05",
  "2026-02-30",
  "2026-02-05T10:30:00Z",
  "9999-12-31T23:59:59.999Z",
  "0000-01-01T00:00:00Z",
  "-271821-04-20T00:00:00Z",
  "+275760-09-13T00:00:00Z",
  "__proto__",
  "constructor",
  "é",
  "e\u0301",
  "🦊",
  "\ufeff",
  "\u202e",
  "x".repeat(256),
  "x".repeat(3_000),
  "x".repeat(20_000),
];

/** Percent-encodings that are none, or not of UTF-8: written into an address as they stand. */
export const HOSTILE_ESCAPES: readonly string[] = [
  "%",
  "%2",
  "%zz",
  "%00",
  "%2F",
  "%2f..%2f",
  "%2e%2e",
  "%25",
  "%252F",
  "%ff",
  "%c0%af",
  "%E0%A4%A",
  "%ed%a0%80",
  "%u0041",
  "a%0d%0ab",
  "+",
  ";",
  "..;",
];

/** Cursors that no list gave, though some are of their form. */
export const hostileCursor: fc.Arbitrary<string> = fc
  .oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.double()), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.constant(-1))),
  )
  .map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));

/** A value of a header: what a `Request` lets pass. */
const headerText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 10 }),
  fc.constantFrom("", "*", "x".repeat(9_000)),
);

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  Accept: ["*/*", "text/html", "text/event-stream", "application/json;q=0", "image/png", "text/event-stream;q=0, */*"],
  "Accept-Encoding": ["gzip", "br", "identity;q=0", "*;q=0"],
  "X-Request-Id": ["sane-id", "x".repeat(128), "x".repeat(129), "<script>", "a b"],
  "Last-Event-ID": ["0", "5", "9007199254740993", "-1", "abc", " 7 "],
  Range: ["bytes=0-0", "bytes=-1", "bytes=5-1", "items=0-1"],
  "If-None-Match": ["*", '"abc"', 'W/"abc"'],
  "If-Match": ["*", '"abc"'],
  "If-Modified-Since": ["Thu, 05 Feb 2026 10:30:00 GMT", "rubbish"],
  "Content-Encoding": ["gzip", "br", "identity"],
  "Content-Length": ["-1", "abc", "0", "99999999999", "1e9"],
  "Transfer-Encoding": ["chunked", "gzip, chunked"],
  Expect: ["100-continue", "200-ok"],
  Authorization: ["Bearer orc_nope", "Bearer", "Basic Zm9vOmJhcg==", "bearer  x", "Bearer orc_" + "x".repeat(5_000)],
  Origin: ["http://localhost:5173", "http://evil.example", "null", "file://", "rubbish"],
  Host: ["localhost", "127.0.0.1:8000", "[::1]:8000", "evil.example", "a b", "", "localhost:99999", "@"],
  "X-Forwarded-Host": ["evil.example"],
  "X-Forwarded-For": ["8.8.8.8"],
  "X-HTTP-Method-Override": ["DELETE"],
  Cookie: ["a=b"],
  "Sec-WebSocket-Protocol": ["orchestrator, bearer.nope"],
  "Access-Control-Request-Method": ["POST", "rubbish"],
  traceparent: ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "rubbish"],
};

/** Headers beside those that a request needs. */
export const hostileHeaders: fc.Arbitrary<Record<string, string>> = fc
  .array(
    fc
      .constantFrom(...Object.keys(HEADERS))
      .chain((name) =>
        fc.tuple(fc.constant(name), fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...HEADERS[name]!) }, headerText)),
      ),
    { maxLength: 3 },
  )
  .map((entries) => Object.fromEntries(entries));

/** Media types that a command does not take, and odd ways to write the one that it takes. */
export const contentType: fc.Arbitrary<string | null> = fc.constantFrom(
  null,
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=latin1",
  "application/json; charset=utf-8",
  "APPLICATION/JSON",
  "application/problem+json",
  "application/jsonp",
  "application/json, text/plain",
  "application/json;;;",
);
