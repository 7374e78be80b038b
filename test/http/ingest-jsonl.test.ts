import { describe, expect, test } from "bun:test";
import type { Json } from "#test/support/json.ts";
import { observe, sendLines as sendBody } from "#test/support/recording.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

const THREAD = { type: "thread.started", thread_id: "t1" };
const TURN = { type: "turn.started" };
const said = (text: string) => ({ type: "item.completed", item: { id: "item_0", type: "agent_message", text } });
const used = (input: number) => ({ type: "turn.completed", usage: { input_tokens: input, output_tokens: 1 } });
const step = (text: string) => ({
  type: "text",
  timestamp: 1790000000000,
  sessionID: "ses_1",
  part: { id: `p-${text}`, type: "text", text },
});
const jsonl = (...lines: readonly unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

const sendLines = (app: TestApp, source: string, lines: string, query = "") =>
  sendBody(app, source, new Blob([lines]), query);

const responses = async (app: TestApp) =>
  (await observe(app)).prompts.map((prompt: Json) => [prompt.status, prompt.response_text, prompt.tokens_input]);

describe("output of an agent", () => {
  test("becomes its rows; sent again it changes nothing", async () => {
    await using app = await testApp();
    const lines = jsonl(THREAD, TURN, said("Hi."), used(100));
    expect(await sendLines(app, "codex", lines)).toEqual({ lines: 4, repeated: 0, skipped: [], next: null });
    const once = await observe(app);
    expect(once.agents).toMatchObject([{ external_id: "codex:t1", status: "idle" }]);
    expect(await responses(app)).toEqual([["completed", "Hi.", 100]]);
    expect(await sendLines(app, "codex", lines)).toMatchObject({ lines: 4, repeated: 4 });
    expect(await observe(app)).toEqual(once);
  });

  test("may tell no session in its lines", async () => {
    await using app = await testApp();
    await sendLines(app, "codex", jsonl(TURN, said("Hi.")), "&session=t9");
    expect((await observe(app)).agents).toMatchObject([{ external_id: "codex:t9", status: "idle" }]);
  });

  test("ends with the body, or where a piece says so", async () => {
    await using app = await testApp();
    await sendLines(app, "opencode", jsonl(step("one")), "&stream=s&line=0");
    expect(await responses(app)).toMatchObject([["streaming", "one", null]]);
    await sendLines(app, "opencode", "", "&stream=s&line=1&end=true");
    expect(await responses(app)).toMatchObject([["completed", "one", null]]);
    expect((await observe(app)).agents).toMatchObject([{ status: "idle" }]);
    await sendLines(app, "opencode", jsonl(step("two")));
    expect(await responses(app)).toMatchObject([
      ["completed", "one", null],
      ["completed", "two", null],
    ]);
  });
});

describe("runs of one Codex thread", () => {
  const first = [THREAD, TURN, said("One."), used(100)];
  const second = [THREAD, TURN, said("Two."), used(250)];
  const both = [
    ["completed", "One.", 100],
    ["completed", "Two.", 150],
  ];

  test("begin alike, and are told apart", async () => {
    await using app = await testApp();
    for (const run of [first, second, first, second]) await sendLines(app, "codex", jsonl(...run));
    expect(await responses(app)).toEqual(both);
  });

  test("that were cut off go on where they were", async () => {
    await using app = await testApp();
    await sendLines(app, "codex", jsonl(...first));
    await sendLines(app, "codex", jsonl(...second.slice(0, 3)));
    expect(await sendLines(app, "codex", jsonl(...second))).toMatchObject({ repeated: 3 });
    await sendLines(app, "codex", jsonl(...second));
    expect(await responses(app)).toEqual(both);
  });

  test("in streams with names are as many as there are names", async () => {
    await using app = await testApp();
    const run = jsonl(THREAD, TURN, said("Same."), used(9));
    for (const name of ["a", "b", "a"]) await sendLines(app, "codex", run, `&stream=${name}`);
    expect((await responses(app)).map(([, response]) => response)).toEqual(["Same.", "Same."]);
  });
});

describe("a stream with a name", () => {
  test("is read on from where it was left, whatever is sent again", async () => {
    await using app = await testApp();
    const lines = [THREAD, TURN, said("One."), said("Two."), used(9)];
    await sendLines(app, "codex", jsonl(...lines.slice(0, 3)), "&stream=s");
    expect(await sendLines(app, "codex", jsonl(...lines.slice(1, 4)), "&stream=s&line=1")).toEqual({
      lines: 3,
      repeated: 2,
      skipped: [],
      next: 4,
    });
    expect(await sendLines(app, "codex", "", "&stream=s")).toMatchObject({ lines: 0, next: 4 });
    expect(await sendLines(app, "codex", jsonl(...lines), "&stream=s")).toMatchObject({ repeated: 4, next: 5 });
    expect(await responses(app)).toEqual([["completed", "One.\n\nTwo.", 9]]);
  });

  test("has no gaps: the line that is wanted is named", async () => {
    await using app = await testApp();
    await sendLines(app, "codex", jsonl(THREAD), "&stream=s");
    const answer = await app.raw("/ingest/jsonl?source=codex&stream=s&line=7", { method: "POST", body: jsonl(TURN) });
    expect(answer.body).toMatchObject({ status: 409, code: "conflict", next: 1 });
  });
});

describe("what is no line of JSON", () => {
  test("is left out, and nothing else", async () => {
    await using app = await testApp();
    const broken = ['{"type":"turn.sta', "[1]", "null", "", "nonsense \u0000\u001b[31m"].join("\n");
    const answer = await sendLines(app, "codex", `${jsonl(THREAD)}${broken}\n${jsonl(TURN, { type: "new.thing" })}`);
    expect(answer).toEqual({
      lines: 8,
      repeated: 0,
      skipped: [
        ...[1, 2, 3, 5].map((line) => ({ line, detail: "no JSON object" })),
        { line: 7, detail: "not understood: new.thing" },
      ],
      next: null,
    });
    expect((await observe(app)).agents).toMatchObject([{ status: "idle" }]);
    const { body: logs } = await app.call("GET", "/api/system/logs?component=ingest");
    expect(logs.map(({ message }: Json) => message)).toContain("not understood: codex stream new.thing");
  });

  test("may be JSON that would be slow to parse", async () => {
    await using app = await testApp();
    const slow = [
      `{"type":"x","a":[${"[],".repeat(1_000_000)}1]}`,
      `{"type":"x","a":"${'\\"'.repeat(1_000_000)}"}`,
      `{"type":"x",${Array.from({ length: 60_000 }, (_, at) => `"name ${at}":1`).join()}}`,
    ];
    const answer = await sendLines(
      app,
      "codex",
      [JSON.stringify(THREAD), ...slow, JSON.stringify(TURN), ""].join("\n"),
    );
    const detail = expect.stringMatching(/^it holds more than \d+ (members and elements|escapes|different names)$/);
    expect(answer.skipped).toEqual([1, 2, 3].map((line) => ({ line, detail })));
    expect((await observe(app)).agents).toMatchObject([{ external_id: "codex:t1" }]);
  });

  test.each([
    ["{}", 100_000],
    ["", 1_000_000],
    [JSON.stringify({ type: "keep_alive" }), 100_000],
  ])("may be very many, and others are answered in between: %s", async (line, times) => {
    await using server = await testServer();
    const state = { isRead: false };
    const body = new Blob([`${line}\n`.repeat(times)]);
    const reading = fetch(`${server.url}/ingest/jsonl?source=claude-code`, { method: "POST", body });
    const read = reading.then((response) => response.json()).finally(() => (state.isRead = true));
    let answered = 0;
    for (; !state.isRead; answered += 1) expect((await server.call("GET", "/health")).status).toBe(200);
    expect(await read).toMatchObject({ lines: times });
    expect(answered).toBeGreaterThan(5);
  });

  test("may be 10 MB long, or many: it costs neither memory nor logs without end", async () => {
    await using app = await testApp();
    const long = `{"type":"item.completed","item":{"type":"agent_message","text":"${"x".repeat(10_000_000)}"}}\n`;
    const many = "broken\n".repeat(5_000);
    const answer = await sendLines(app, "codex", `${jsonl(THREAD)}${long}${many}${jsonl(TURN)}`);
    expect(answer).toMatchObject({ lines: 5_003 });
    expect(answer.skipped).toHaveLength(20);
    expect(answer.skipped[0]).toEqual({ line: 1, detail: "the line is too long" });
    expect((await observe(app)).agents).toMatchObject([{ status: "idle" }]);
    const { body: logs } = await app.call("GET", "/api/system/logs?component=ingest&limit=1000");
    expect(logs.length).toBeLessThanOrEqual(20);
  });
});

test.each([
  ["?source=codex", { "Content-Type": "application/xml" }, 415],
  ["?source=codex", { "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip" }, 415],
  ["?source=copilot", {}, 422],
  ["", {}, 422],
  [`?source=codex&stream=${"x".repeat(201)}`, {}, 422],
  ["?source=codex&stream=s&line=-1", {}, 422],
  ["?source=codex&nonsense=1", {}, 422],
  ["?source=codex&exit=256", {}, 422],
  ["?source=codex&exit=-1", {}, 422],
  ["?source=codex&exit=255", {}, 200],
  ["?source=codex", { "Content-Type": "application/json" }, 200],
  ["?source=codex", { "Content-Type": "text/plain; charset=utf-8" }, 200],
])("is refused or taken as it is documented: %s %o", async (query, headers, status) => {
  await using app = await testApp();
  const body = new Blob([jsonl(THREAD)]).stream();
  const answer = await app.raw(`/ingest/jsonl${query}`, { method: "POST", headers: headers as never, body });
  expect(answer.status).toBe(status);
  expect((await observe(app)).agents).toHaveLength(status === 200 ? 1 : 0);
});
