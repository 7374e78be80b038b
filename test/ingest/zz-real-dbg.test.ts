import { test } from "bun:test";
import { seededRandom } from "#test/support/random.ts";
import { recordings, send, shuffled } from "#test/support/recording.ts";
import { testApp } from "#test/support/test-app.ts";
test("dbg", async () => {
  const rec = recordings().find(({ name }) => name === process.env["REC"])!;
  await using app = await testApp();
  for (const step of shuffled(rec.steps, seededRandom(Number(process.env["SEED"] ?? 1)))) {
    app.clock.advance(1000); await send(app, step);
    const ps = (await app.call("GET", "/api/runtime/prompts")).body as any[];
    const what = "hook" in step ? (step.body.hook_event_name ?? JSON.stringify(step.body.type)) : "otlp" in step ? JSON.stringify(step.body).match(/"event.name","value":\{"stringValue":"([^"]*)/g)?.map((s) => s.slice(36)).join(",") + " " + JSON.stringify(step.body).match(/event.timestamp","value":\{"stringValue":"([^"]*)/)?.[1] : "jsonl";
    console.log(String(what).slice(0, 110), "|", ps.map((p) => `${p.prompt_text}/${p.status}/${p.response_text?.slice(0, 14)}/${p.tokens_input}`).join(" ; "));
  }
});
