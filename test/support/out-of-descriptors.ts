/** Runs in a process of its own: opens files until no descriptor is left, and prints what `GET /metrics` answers then. */
import { closeSync, openSync } from "node:fs";
import { systemLog } from "./given.ts";
import { testApp } from "./test-app.ts";

await using app = await testApp();
await app.call("POST", "/api/system/logs", systemLog().body);
await app.call("GET", "/metrics");
const files: number[] = [];
try {
  for (;;) files.push(openSync("/dev/null", "r"));
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
}
const { status, body } = await app.call("GET", "/metrics");
for (const file of files) closeSync(file);
process.stdout.write(JSON.stringify({ status, body }));
