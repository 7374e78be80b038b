/** Writes the OpenAPI document beside its test, after a change that is meant: `bun run openapi`. */
import { documentText, SNAPSHOT } from "#test/support/openapi.ts";

await Bun.write(SNAPSHOT, documentText());
await Bun.spawn([process.execPath, "fmt", SNAPSHOT], { stdout: "ignore" }).exited;
