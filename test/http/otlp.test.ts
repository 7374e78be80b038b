import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { StoreBusy, StoreDamaged, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { TELEMETRY_BYTES } from "#src/http/telemetry-body.ts";
import { MOST_RECORDS } from "#src/ingest/otel/decode.ts";
import { logsOf } from "#test/ingest/otel/given.ts";
import { expectDocumented } from "#test/support/conformance.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

const MB = 1024 * 1024;
const PATHS = ["/v1/logs", "/v1/traces", "/v1/metrics"] as const;
const JSON_TYPE = "application/json";
const PROTO_TYPE = "application/x-protobuf";

const PROMPT = {
  "event.name": "codex.user_prompt",
  "event.timestamp": "2026-11-20T10:00:00.000Z",
  "conversation.id": "t1",
  prompt: "Fix it",
};

type Body = NonNullable<RequestInit["body"]>;
type Sent = { readonly status: number; readonly headers: Headers; readonly bytes: Uint8Array };

async function send(
  app: TestApp,
  path: string,
  body: Body | null,
  headers: Record<string, string> = {},
): Promise<Sent> {
  const init = { method: "POST", body, headers: { "Content-Type": JSON_TYPE, ...headers } };
  const response = await app.app.request(path, init);
  return { status: response.status, headers: response.headers, bytes: await response.bytes() };
}

const jsonOf = ({ bytes }: Sent) => JSON.parse(new TextDecoder().decode(bytes));

/** A message of two fields: a number, and a text or bytes. */
function fieldsOf(bytes: Uint8Array): { number: number; rest: Uint8Array } {
  const reader = new BinaryReader(bytes);
  expect(reader.tag()).toEqual([1, WireType.Varint]);
  const number = Number(reader.int64());
  expect(reader.tag()).toEqual([2, WireType.LengthDelimited]);
  return { number, rest: reader.bytes() };
}

const agents = async (app: TestApp) => (await app.call("GET", "/api/runtime/agents")).body;
const nested = (...numbers: readonly number[]) =>
  numbers.reduceRight<Uint8Array<ArrayBuffer>>(
    (inner, number) => new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(inner).finish(),
    new Uint8Array(),
  );

/** So many empty records, as protobuf. */
function emptyRecords(count: number): Uint8Array {
  const scope = new Uint8Array(count * 2).map((_, at) => (at % 2 === 0 ? 0x12 : 0));
  const ofScope = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(scope).finish();
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(ofScope).finish();
}

describe.each(PATHS)("%s", (path) => {
  test.each<[string, string, Body | null]>([
    [JSON_TYPE, "{}", "{}"],
    ["application/json; charset=utf-8", "{}", "{}"],
    [JSON_TYPE, "{}", ""],
    [PROTO_TYPE, "", null],
    [PROTO_TYPE, "", nested(1)],
  ])("takes %s, and answers %j in it", async (type, expected, body) => {
    await using app = await testApp();
    const answer = await send(app, path, body, { "Content-Type": type });
    expect([answer.status, new TextDecoder().decode(answer.bytes)]).toEqual([200, expected]);
    expect(answer.headers.get("Content-Type")).toBe(type.split(";")[0]!);
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "multipart/form-data; boundary=x",
    "",
  ])("does not take %j", async (type) => {
    await using app = await testApp();
    const response = await app.app.request(path, {
      method: "POST",
      body: new TextEncoder().encode("{}"),
      headers: type === "" ? {} : { "Content-Type": type },
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ code: 3, message: expect.stringContaining("send application/json or") });
  });

  test.each([
    ["{", { code: 3 }],
    ["[]", { code: 3 }],
  ])("does not take the JSON %j, for ever", async (body, status) => {
    await using app = await testApp();
    const answer = await send(app, path, body);
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([400, null]);
    expect(jsonOf(answer)).toMatchObject(status);
    const documented = { status: answer.status, headers: answer.headers, body: jsonOf(answer) };
    expectDocumented(app.app, "POST", path, documented);
  });

  test("does not take wrong protobuf, and says so in protobuf", async () => {
    await using app = await testApp();
    const answer = await send(app, path, JSON.stringify(logsOf("x", PROMPT)), { "Content-Type": PROTO_TYPE });
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([400, PROTO_TYPE]);
    const { number, rest } = fieldsOf(answer.bytes);
    expect([number, new TextDecoder().decode(rest)]).toEqual([3, expect.stringContaining("no OTLP")]);
  });

  test.each(["br", "deflate", "gzip, gzip", "zstd"])("does not take the coding %s", async (coding) => {
    await using app = await testApp();
    const answer = await send(app, path, "{}", { "Content-Encoding": coding });
    expect(answer.status).toBe(415);
  });

  test.each(["gzip", "GZIP", "identity"])("takes the coding %s", async (coding) => {
    await using app = await testApp();
    const body = coding === "identity" ? "{}" : gzipSync("{}");
    expect((await send(app, path, body, { "Content-Encoding": coding })).status).toBe(200);
  });

  test.each<[string, Uint8Array]>([
    ["nothing of it", new TextEncoder().encode("{}")],
    ["the half of it", gzipSync(JSON.stringify(logsOf("x", PROMPT))).subarray(0, 60)],
  ])("does not take gzip that is %s", async (_, body) => {
    await using app = await testApp();
    const answer = await send(app, path, body, { "Content-Encoding": "gzip" });
    expect(answer.status).toBe(400);
    expect(jsonOf(answer)).toMatchObject({ code: 3 });
  });

  test("does not take more than 64 MB, and stops reading", async () => {
    await using app = await testApp();
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(MB).fill(0x20));
      },
    });
    const answer = await send(app, path, body);
    expect([answer.status, answer.headers.get("Connection")]).toEqual([413, "close"]);
    expect(jsonOf(answer)).toEqual({ code: 8, message: "A body may hold at most 64 MB here." });
    expect(pulled).toBeLessThan(70);
  });

  test("does not inflate more than 64 MB", async () => {
    await using app = await testApp();
    const bomb = gzipSync(new Uint8Array(TELEMETRY_BYTES + 1));
    expect(bomb.byteLength).toBeLessThan(MB);
    const answer = await send(app, path, bomb, { "Content-Encoding": "gzip" });
    expect(answer.status).toBe(413);
  });

  test("needs the scope `ingest` where tokens are asked for", async () => {
    await using app = await testApp({ apiToken: "token-of-the-environment" });
    const admin = { Authorization: "Bearer token-of-the-environment" };
    const secretOf = async (scope: string) =>
      (await app.call("POST", "/api/tokens", { name: scope, scope }, admin)).body.secret as string;
    const nobody = await send(app, path, "{}");
    expect([nobody.status, jsonOf(nobody).code]).toEqual([401, 16]);
    expect(nobody.headers.get("WWW-Authenticate")).toContain("Bearer");
    const reader = await send(app, path, "", {
      Authorization: `Bearer ${await secretOf("read")}`,
      "Content-Type": PROTO_TYPE,
    });
    expect([reader.status, fieldsOf(reader.bytes).number]).toEqual([403, 7]);
    const sender = await send(app, path, "{}", { Authorization: `Bearer ${await secretOf("ingest")}` });
    expect(sender.status).toBe(200);
  });

  test("is no page's, and nothing to read", async () => {
    await using app = await testApp();
    expect((await send(app, path, "{}", { Origin: "http://evil.example" })).status).toBe(403);
    const read = await app.call("GET", path);
    expect([read.status, read.headers.get("Allow")]).toEqual([405, "POST"]);
  });
});

test("many bombs give back the room that each took", async () => {
  await using app = await testApp();
  const bomb = gzipSync(new Uint8Array(TELEMETRY_BYTES + 1));
  for (let time = 0; time < 5; time += 1) {
    expect((await send(app, "/v1/logs", bomb, { "Content-Encoding": "gzip" })).status).toBe(413);
  }
  const large = JSON.stringify(logsOf("codex_exec", PROMPT)) + " ".repeat(MB);
  expect((await send(app, "/v1/logs", large)).status).toBe(200);
});

describe("what is sent", () => {
  test.each(["whole", "gzip", "chunked"])("%s is stored, and sent again changes nothing", async (way) => {
    await using app = await testApp();
    const text = JSON.stringify(logsOf("codex_exec", PROMPT));
    const body = () => (way === "gzip" ? gzipSync(text) : way === "chunked" ? new Blob([text]).stream() : text);
    const headers: Record<string, string> = way === "gzip" ? { "Content-Encoding": "gzip" } : {};
    expect((await send(app, "/v1/logs", body(), headers)).status).toBe(200);
    expect(await agents(app)).toMatchObject([{ external_id: "codex:t1", status: "executing" }]);
    const [prompt] = (await app.call("GET", "/api/runtime/prompts")).body;
    expect(prompt).toMatchObject({ prompt_text: "Fix it", status: "streaming" });
    const { headSeq } = await app.db.changes.state();
    expect((await send(app, "/v1/logs", body(), headers)).status).toBe(200);
    expect((await app.db.changes.state()).headSeq).toBe(headSeq);
  });

  test("with a fault anywhere is not stored at all", async () => {
    await using app = await testApp();
    const events = Array.from({ length: 1_500 }, (_, at) => ({
      ...PROMPT,
      "conversation.id": `t${at}`,
      pad: "x".repeat(200),
    }));
    const text = JSON.stringify(logsOf("codex_exec", ...events));
    expect(text.length).toBeGreaterThan(MB / 2);
    expect((await send(app, "/v1/logs", `${text.slice(0, -3)}}`)).status).toBe(400);
    expect(await agents(app)).toEqual([]);
  });

  test("of other programs is taken and dropped", async () => {
    await using app = await testApp();
    const body = JSON.stringify(logsOf("checkout", { "event.name": "order.placed", "session.id": "s" }, {}));
    expect((await send(app, "/v1/logs", body)).status).toBe(200);
    expect(await agents(app)).toEqual([]);
    expect((await app.call("GET", "/api/system/logs")).body).toEqual([]);
  });

  test("of an agent, and not understood, is kept as a system log", async () => {
    await using app = await testApp();
    await send(app, "/v1/logs", JSON.stringify(logsOf("codex_exec", { "event.name": "codex.brand_new", thing: 1 })));
    const [log] = (await app.call("GET", "/api/system/logs")).body;
    expect(log).toMatchObject({ log_level: "DEBUG", component: "ingest", details: { event: { thing: 1 } } });
  });

  test("beyond the most is rejected, and the rest is taken", async () => {
    await using app = await testApp();
    const answer = await send(app, "/v1/logs", emptyRecords(MOST_RECORDS + 2), { "Content-Type": PROTO_TYPE });
    expect(answer.status).toBe(200);
    const reader = new BinaryReader(answer.bytes);
    expect(reader.tag()).toEqual([1, WireType.LengthDelimited]);
    expect(fieldsOf(reader.bytes()).number).toBe(2);
    const logRecords = Array.from({ length: MOST_RECORDS + 2 }, () => ({}));
    const json = await send(app, "/v1/logs", JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
    expect(jsonOf(json)).toEqual({
      partialSuccess: { rejectedLogRecords: "2", errorMessage: `More than ${MOST_RECORDS} in one request` },
    });
  });

  test("as large metrics is not looked into", async () => {
    await using app = await testApp();
    const large = "x".repeat(2 * MB);
    expect((await send(app, "/v1/metrics", large)).status).toBe(200);
    expect((await send(app, "/v1/metrics", large, { "Content-Type": PROTO_TYPE })).status).toBe(200);
  });

  test("for nobody who may still send is not stored", async () => {
    await using app = await testApp({ apiToken: "token-of-the-environment" });
    const admin = { Authorization: "Bearer token-of-the-environment" };
    const made = await app.call("POST", "/api/tokens", { name: "exporter", scope: "ingest" }, admin);
    const body = new ReadableStream({
      async pull(controller) {
        await app.call("DELETE", `/api/tokens/${made.body.id}`, undefined, admin);
        controller.enqueue(new TextEncoder().encode(JSON.stringify(logsOf("codex_exec", PROMPT))));
        controller.close();
      },
    });
    const answer = await send(app, "/v1/logs", body, { Authorization: `Bearer ${made.body.secret}` });
    expect([answer.status, jsonOf(answer).code]).toEqual([401, 16]);
    expect((await app.call("GET", "/api/runtime/agents", undefined, admin)).body).toEqual([]);
  });
});

describe("a store that cannot take it", () => {
  const failing = (error: Error) => ({
    take: async () => {
      throw error;
    },
  });

  test.each<[string, Error, number, number, string | null]>([
    ["that is locked", new StoreBusy("locked"), 503, 14, "1"],
    ["with too many writes", new StoreOverloaded("too many"), 503, 14, "1"],
    ["on a full disk", new StoreFull("full"), 503, 14, "1"],
    ["that is damaged", new StoreDamaged("page 7"), 503, 14, "60"],
    ["for a fault of ours", new Error("a fault of ours"), 500, 13, null],
  ])("%s", async (_, error, status, code, retryAfter) => {
    await using app = await testApp({ ingest: failing(error) as never });
    const json = await send(app, "/v1/logs", JSON.stringify(logsOf("codex_exec", PROMPT)));
    expect([json.status, jsonOf(json).code, json.headers.get("Retry-After")]).toEqual([status, code, retryAfter]);
    expect(jsonOf(json).message).not.toContain("fault of ours");
  });
});

test("the server takes chunks over a connection, and its figures name the route", async () => {
  await using server = await testServer();
  const body = new Blob([JSON.stringify(logsOf("codex_exec", PROMPT))]).stream();
  const response = await fetch(`${server.url}/v1/logs`, {
    method: "POST",
    body,
    headers: { "Content-Type": JSON_TYPE },
  });
  expect([response.status, await response.text()]).toEqual([200, "{}"]);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('route="/v1/logs",status="200"} 1');
  expect((await server.call("GET", "/api/runtime/agents")).body).toHaveLength(1);
});
