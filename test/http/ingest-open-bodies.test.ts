import { connect } from "node:net";
import { describe, expect, test } from "bun:test";
import { testFolder } from "#test/support/folder.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const THREAD = { type: "thread.started", thread_id: "t1" };
const TURN = { type: "turn.started" };
const said = (text: string) => ({ type: "item.completed", item: { id: "item_0", type: "agent_message", text } });
const used = (input: number) => ({ type: "turn.completed", usage: { input_tokens: input, output_tokens: 1 } });
const jsonl = (...lines: readonly unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** A request whose body goes on until it is told to end, or left. */
async function openBody(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (bytes: Buffer) => void (answer += bytes.toString()));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.write(
    `POST /ingest/jsonl?source=codex HTTP/1.1\r\nHost: ${hostname}:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  return {
    closed,
    write: (text: string) => void socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`),
    end: () => void socket.write("0\r\n\r\n"),
    leave: () => void socket.destroy(),
    answer: () => answer,
  };
}

describe("a body that stays open", () => {
  const agents = async (server: Awaited<ReturnType<typeof testServer>>) =>
    (await server.call("GET", "/api/runtime/agents")).body;

  test("lines are stored while the body goes on", async () => {
    await using server = await testServer();
    const body = await openBody(server.url);
    body.write(jsonl(THREAD));
    await until("the agent", async () => (await agents(server))[0]?.status === "idle");
    body.write(jsonl(TURN));
    await until("its turn", async () => (await agents(server))[0]?.status === "executing");
    expect(body.answer()).toBe("");
    body.write(JSON.stringify(used(5)));
    body.end();
    await until("the answer", () => body.answer().includes('"lines":3'));
    expect(await agents(server)).toMatchObject([{ status: "idle" }]);
    body.leave();
  });

  test("what came before the sender left stays, and of a line no half", async () => {
    await using server = await testServer();
    const body = await openBody(server.url);
    body.write(jsonl(THREAD) + JSON.stringify(TURN));
    await until("the agent", async () => (await agents(server)).length === 1);
    body.write(JSON.stringify(THREAD));
    body.leave();
    await sendAgain(server.url);
    expect(await agents(server)).toMatchObject([{ external_id: "codex:t1", status: "idle" }]);
  });

  test("an agent whose sender left works no more, until the rest comes", async () => {
    await using server = await testServer();
    const body = await openBody(server.url);
    body.write(jsonl(THREAD, TURN));
    await until("its turn", async () => (await agents(server))[0]?.status === "executing");
    body.leave();
    await until("the end of its turn", async () => (await agents(server))[0]?.status === "idle");
    const rest = jsonl(THREAD, TURN, said("Hi."), used(5));
    await fetch(`${server.url}/ingest/jsonl?source=codex`, { method: "POST", body: rest });
    expect((await server.call("GET", "/api/runtime/prompts")).body).toMatchObject([
      { status: "completed", response_text: "Hi." },
    ]);
  });

  test("no more bodies are open than may be", async () => {
    await using server = await testServer(undefined, { bodies: { mostOpen: 2 } });
    const bodies = [await openBody(server.url), await openBody(server.url)];
    for (const [at, body] of bodies.entries()) body.write(jsonl({ ...THREAD, thread_id: `t${at}` }));
    await until("both agents", async () => (await agents(server)).length === 2);
    const send = () => fetch(`${server.url}/ingest/jsonl?source=codex`, { method: "POST", body: jsonl(THREAD) });
    const refused = await send();
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "10"]);
    bodies[0]!.end();
    await until("the answer", () => bodies[0]!.answer().includes('"lines":1'));
    expect((await send()).status).toBe(200);
    bodies[1]!.leave();
    await until("room", async () => (await send()).status === 200);
  });

  test("a body that says nothing for too long is answered and closed, and its agent works no more", async () => {
    await using server = await testServer(undefined, { bodies: { idleMs: 300 } });
    const body = await openBody(server.url);
    body.write(jsonl(THREAD, TURN));
    await body.closed;
    expect(body.answer()).toMatch(/^HTTP\/1.1 200 /);
    expect(body.answer()).toContain('"lines":2');
    expect(await agents(server)).toMatchObject([{ status: "idle" }]);
  });

  test("a server that stops does not wait for them: what has come is stored", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await writeNewDatabase(path);
    const server = await testServer(path);
    const body = await openBody(server.url);
    body.write(jsonl(THREAD, TURN));
    await until("its turn", async () => (await agents(server))[0]?.status === "executing");
    let isStopped = false;
    void server.stop().then(() => (isStopped = true));
    // Its grace would be longer.
    await until("the stop", () => isStopped, 6_000);
    await body.closed;
    expect(body.answer()).toMatch(/^HTTP\/1.1 503 /);
    await using again = await testServer(path);
    expect(await agents(again)).toHaveLength(1);
  });

  async function sendAgain(url: string): Promise<void> {
    const answer = await fetch(`${url}/ingest/jsonl?source=codex`, { method: "POST", body: jsonl(THREAD, TURN) });
    expect(await answer.json()).toMatchObject({ lines: 2, repeated: 1 });
  }
});

test("of a body beyond 64 MB, what came before that stays", async () => {
  await using server = await testServer();
  const filler = new TextEncoder().encode(`${"x".repeat(1_000_000)}\n`);
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const gone = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (bytes: Buffer) => void (answer += bytes.toString()));
  socket.write(
    `POST /ingest/jsonl?source=codex HTTP/1.1\r\nHost: ${hostname}:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      socket.write(`${bytes.byteLength.toString(16)}\r\n`);
      socket.write(bytes);
      socket.write("\r\n", () => resolve());
    });
  await write(new TextEncoder().encode(jsonl(THREAD)));
  for (let sent = 0; sent < 70 && !socket.destroyed; sent += 1) await Promise.race([write(filler), gone]);
  await gone;
  // A sender in the middle of its writing may not come to read it.
  expect(answer.slice(0, 12)).toBeOneOf(["HTTP/1.1 413", ""]);
  expect((await server.call("GET", "/api/runtime/agents")).body).toMatchObject([{ external_id: "codex:t1" }]);
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("lines that never end may not fill the memory", async () => {
  await using server = await testServer();
  const end = Promise.withResolvers<void>();
  const open = () => {
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new Uint8Array(3_900_000).fill(97));
        await end.promise;
        controller.close();
      },
    });
    const headers = { "Content-Type": "application/x-ndjson" };
    return fetch(`${server.url}/ingest/jsonl?source=codex`, { method: "POST", headers, body });
  };
  // Together they would hold 312 MB.
  const answers = Array.from({ length: 80 }, open);
  const statuses: number[] = [];
  for (const answer of answers)
    void answer.then(
      ({ status }) => statuses.push(status),
      () => statuses.push(0),
    );
  await until("a refusal", () => statuses.includes(503));
  end.resolve();
  await Promise.allSettled(answers);
  expect(statuses.filter((status) => status === 200).length).toBeWithin(40, 80);
});
