import { expect, test } from "bun:test";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import type * as Bundled from "#src/client/client.ts";
import { testServer } from "#test/support/test-server.ts";

const ENTRY = join(import.meta.dir, "../../src/client/client.ts");

/** What Bun, Node 20 and browsers have in common, of all that is no part of the language. */
const COMMON = { fetch, Headers, URL, URLSearchParams, AbortController, TextDecoder, setTimeout, clearTimeout };

/** What the language has today and Node 20 has not. */
const NEWER = [
  "Promise.withResolvers",
  "Promise.try",
  "Array.fromAsync",
  "Object.groupBy",
  "Map.groupBy",
  "RegExp.escape",
  "Iterator",
  "Uint8Array.fromBase64",
  "Set.prototype.union",
  "Set.prototype.intersection",
  "Set.prototype.difference",
  "Set.prototype.isSubsetOf",
  "Symbol.dispose",
  "Symbol.asyncDispose",
];

async function bundle(format: "esm" | "cjs"): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [ENTRY], target: "browser", format });
  expect(outputs).toHaveLength(1);
  return outputs[0]!.text();
}

/** The module as it is in a program that has nothing but these. */
function load(text: string): typeof Bundled {
  const module = { exports: {} };
  const context = createContext({ ...COMMON, module });
  for (const name of NEWER) runInContext(`delete ${name.includes(".") ? name : `globalThis.${name}`}`, context);
  expect(runInContext("typeof Promise.withResolvers + typeof process + typeof Bun", context)).toBe(
    "undefined".repeat(3),
  );
  // Bun's form of a CommonJS module is a function.
  const loaded: unknown = runInContext(text, context);
  if (typeof loaded === "function") loaded(module.exports, () => {}, module);
  return module.exports as typeof Bundled;
}

test("the client stands alone: nothing is imported, and of the schemas there are only the types", async () => {
  const text = await bundle("esm");
  expect(new Bun.Transpiler({ loader: "js" }).scan(text).imports).toEqual([]);
  expect(text).not.toMatch(/\bzod\b|\bimport\b|\brequire\b|\bBun\b|\bprocess\b|\bBuffer\b|\bWebSocket\b/);
  expect(text.length).toBeLessThan(20_000);
});

test("and works where there is nothing but the language of Node 20 and what browsers have too", async () => {
  await using server = await testServer();
  const { createClient, listAll, ApiError } = load(await bundle("cjs"));
  const client = createClient({ url: server.url });
  const { id } = await client.createOrchestratorAgent({ name: "ü", agent_type: "planner" });
  const agent = await client.createRuntimeAgent({ orchestrator_agent_id: id, session_id: "s1" });
  await expect(client.getRuntimeAgent("nope")).rejects.toBeInstanceOf(ApiError);

  const told: string[] = [];
  const list = (options: object) => listAll(client.listRuntimeAgents, { since: "1970-01-01" }, 10, options);
  for await (const event of client.watch({ types: ["agent"], list })) {
    told.push(event.type);
    if (event.type === "listed") expect(event.page.rows).toEqual([agent]);
    if (event.type === "connected") await client.updateRuntimeAgent(agent.id, { status: "waiting" });
    if (event.type !== "agent.updated") continue;
    expect(event.data.status).toBe("waiting");
    break;
  }
  expect(told).toEqual(["listed", "connected", "agent.updated"]);
});
