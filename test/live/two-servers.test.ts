import { expect, test } from "bun:test";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { openSocket, type Received } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { insertLogs } from "./live-app.ts";

const log = (message: string) => ({ component: "test", message });
const messageOf = (frame: Received) => (frame["data"] as { message?: string } | undefined)?.message;

async function writeLog(server: TestServer, message: string): Promise<void> {
  const { status } = await server.call("POST", "/api/system/logs", log(message));
  expect(status).toBe(201);
}

test("two servers on one file: each one's clients see both ones' writes, in one order", async () => {
  await using first = await testServer();
  await using second = await testServer(first.path);
  await using clients = new AsyncDisposableStack();
  const open = [];
  for (const { url } of [first, second]) {
    open.push(clients.use(await openSocket(url, "/ws/events")), clients.use(await openSse(url, "/api/events")));
  }
  for (const client of open) await client.next("hello", () => true);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([writeLog(first, `first ${round}`), writeLog(second, `second ${round}`)]);
  }
  for (const client of open) {
    await client.next("the last change", ({ seq, type }) => type !== "bookmark" && seq === 40);
    const frames = client.frames.filter(({ type }) => type === "system_log.created");
    expect(frames.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(frames.map(messageOf)).toEqual(
      open[0]!.frames.filter(({ type }) => type === "system_log.created").map(messageOf),
    );
  }
  const hellos = open.map(({ frames }) => frames[0]!["feed"]);
  expect(new Set(hellos).size).toBe(1);
});

test("a cursor of one server is good at the other", async () => {
  await using first = await testServer();
  await using second = await testServer(first.path);
  await using socket = await openSocket(first.url, "/ws/events");
  const { feed } = await socket.next("hello", () => true);
  await writeLog(first, "one");
  await writeLog(second, "two");
  await writeLog(first, "three");
  await using moved = await openSocket(second.url, `/ws/events?after=1&feed=${feed}`);
  await moved.next("the last", ({ seq }) => seq === 3);
  expect(moved.frames.slice(1).map(messageOf)).toEqual(["two", "three"]);
});

test("what anybody writes while nobody listens is there for who joins later", async () => {
  await using server = await testServer();
  await using other = await openForeignWriter(server.path);
  const left = await openSocket(server.url, "/ws/events");
  const { seq: after } = await left.next("hello", () => true);
  await left[Symbol.asyncDispose]();
  await writeLog(server, "own");
  await other.run(insertLogs(700));
  await writeLog(server, "own again");
  await using socket = await openSocket(server.url, `/ws/events?after=${after}`);
  await socket.next("the head", ({ seq, type }) => type !== "hello" && seq === 702);
  expect(socket.frames.slice(1).map(({ seq }) => seq)).toEqual(Array.from({ length: 702 }, (_, index) => index + 1));
});

test("another process's write reaches clients of a server that has nothing else to do", async () => {
  await using server = await testServer();
  await using other = await openForeignWriter(server.path);
  await using socket = await openSocket(server.url, "/ws/events");
  await socket.next("hello", () => true);
  for (const message of ["one", "two", "three"]) {
    await other.run("insert into system_logs (component, message) values ('theirs', ?)", [message]);
    expect(await socket.next(message, (frame) => messageOf(frame) === message)).toMatchObject({
      type: "system_log.created",
      agent_id: null,
    });
  }
});
