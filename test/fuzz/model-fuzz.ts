import * as fc from "fast-check";
import { readDocument } from "./document.ts";
import { makeTemplate, openFuzzApp } from "./fuzz-app.ts";
import { commands, expectAsModelled, type Model } from "./model.ts";
import { runProperty, type RunOptions } from "./run-property.ts";

/** Plays so many sequences of commands beside a model of what they must do; returns how many commands ran. */
export async function fuzzModel({
  sequences,
  ...options
}: RunOptions & { readonly sequences: number }): Promise<number> {
  using template = await makeTemplate(readDocument());
  let ran = 0;
  const property = fc.asyncProperty(commands(), async (sequence) => {
    await using app = await openFuzzApp(template);
    const model: Model = { agents: new Map(), prompts: new Map(), logs: 0 };
    const logsBefore = app.stored()["agent_logs"]!;
    await fc.asyncModelRun(() => ({ model, real: { app } }), sequence);
    ran += [...sequence].length;
    await expectAsModelled(app, model, logsBefore);
  });
  await runProperty("commands", property, { ...options, runs: sequences });
  return ran;
}
