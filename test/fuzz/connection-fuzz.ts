import * as fc from "fast-check";
import { expect } from "bun:test";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { brokenHttp, cutCommand } from "./broken-http.ts";
import { readDocument } from "./document.ts";
import { openConnection, statusesIn } from "./raw-connection.ts";
import { anyRequest } from "./request-arbitrary.ts";
import { runProperty, type RunOptions } from "./run-property.ts";

/** What Bun says itself of a version of HTTP that it does not speak. */
const OTHER_VERSION = 505;

/** Sends so many broken requests over connections of a real server, which must stay there for everybody else. */
export async function fuzzConnections({
  cases,
  ...options
}: RunOptions & { readonly cases: number }): Promise<Map<number, number>> {
  await using server = await testServer();
  const byStatus = new Map<number, number>();
  const requests = brokenHttp(anyRequest(readDocument(), new Map()));
  const broken = fc.asyncProperty(requests, async (bytes) => {
    using connection = await openConnection(server.url);
    connection.write(bytes);
    await expectUp(server);
    for (const status of statusesIn(connection.received)) {
      if (status !== OTHER_VERSION) expect(status, "no fault of the server").toBeLessThan(500);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    }
  });
  await runProperty("connections", broken, { ...options, runs: cases });

  const cut = fc.asyncProperty(cutCommand(), async (text) => {
    using connection = await openConnection(server.url);
    connection.write(text);
    await expectUp(server);
  });
  await runProperty("cut off commands", cut, { ...options, runs: Math.ceil(cases / 10) });
  const { body } = await server.call("GET", "/api/system/logs?component=cut");
  expect(body, "nothing of a cut off command is stored").toEqual([]);
  return byStatus;
}

/** The server answers the next good request, and nothing failed inside. */
export async function expectUp(server: TestServer): Promise<void> {
  expect((await server.call("GET", "/health")).status).toBe(200);
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
}
