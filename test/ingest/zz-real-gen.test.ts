import { test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { observe, send, type Step } from "#test/support/recording.ts";
import { testApp } from "#test/support/test-app.ts";
import { readFileSync } from "node:fs";
const names = (process.env["REAL"] ?? "").split(",").filter(Boolean);
test.each(names)("%s", async (name) => {
  const dir = join(import.meta.dir, "recordings", name);
  const steps = readFileSync(join(dir, "steps.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l) as Step);
  await using app = await testApp();
  for (const step of steps) {
    app.clock.advance(1000);
    await send(app, step);
  }
  writeFileSync(join(dir, "expected.json"), JSON.stringify(await observe(app), null, 2) + "\n");
  const sys = (await app.call("GET", "/api/system/logs?limit=100&component=ingest")).body as { message: string }[];
  for (const { message } of sys) console.log("UNREAD", name, message);
});
