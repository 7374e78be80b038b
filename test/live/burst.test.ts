import { expect, test } from "bun:test";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";
import { insertLogs } from "./live-app.ts";

const SOCKETS = 20;
const ROWS = 20_000;

/** Keeps no frames, only whether they came one after the other. */
function countingSocket(url: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/events`);
  const seen = { hello: false, last: 0, gaps: 0, code: null as number | null };
  socket.onmessage = ({ data }) => {
    const text = String(data);
    if (text.startsWith('{"type":"hello"')) seen.hello = true;
    if (!text.startsWith('{"type":"system_log')) return;
    const seq = Number(/"seq":(\d+)/.exec(text)![1]);
    if (seq !== seen.last + 1) seen.gaps += 1;
    seen.last = seq;
  };
  socket.onclose = ({ code }) => {
    seen.code = code;
  };
  return { seen, close: () => socket.close() };
}

test("20,000 logs of another process in one transaction reach 20 reading sockets, and none is closed", async () => {
  await using server = await testServer();
  await using writer = await openForeignWriter(server.path);
  const sockets = Array.from({ length: SOCKETS }, () => countingSocket(server.url));
  await until("every socket to be open", () => sockets.every(({ seen }) => seen.hello));
  await writer.run(insertLogs(ROWS));
  await until("all of it to arrive", () => sockets.every(({ seen }) => seen.last === ROWS || seen.code), 60_000);
  for (const { seen } of sockets) expect(seen).toEqual({ hello: true, last: ROWS, gaps: 0, code: null });
  for (const { close } of sockets) close();
  await until("every socket to close", () => sockets.every(({ seen }) => seen.code !== null));
}, 90_000);
