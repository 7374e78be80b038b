import { expect, test } from "bun:test";
import { cliOf } from "#test/support/cli.ts";
import { testServer } from "#test/support/test-server.ts";

test("openapi prints the server's document, as JSON in any case", async () => {
  await using server = await testServer();
  const { body } = await server.call("GET", "/openapi.json");
  for (const args of [[], ["--json"]]) {
    const { code, stdout, stderr } = await cliOf(server.url)("openapi", ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(body);
  }
});
