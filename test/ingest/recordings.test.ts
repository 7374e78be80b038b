import { describe, expect, test } from "bun:test";
import { type Random, seededRandom } from "#test/support/random.ts";
import {
  observe,
  recordings,
  type Recording,
  send,
  sendLines,
  settled,
  shuffled,
  type Step,
} from "#test/support/recording.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const SECOND = 1_000;

/** Sends steps a second apart, each so many times. */
async function play(app: TestApp, steps: readonly Step[], times = 1): Promise<void> {
  for (const step of steps) {
    app.clock.advance(SECOND);
    for (let time = 0; time < times; time += 1) await send(app, step);
  }
}

/** Those of real runs are many, and alike in what happens to them on the way. */
const isReal = ({ name }: Recording) => name.includes("/real-");
const seedsOf = (recording: Recording) => (isReal(recording) ? [1] : [1, 2]);

describe.each(recordings())("$name", (recording: Recording) => {
  const { steps, expected } = recording;
  // What is sent by hooks alone is neither late nor cut, and never sent again.
  const repeatable = steps.filter((step) => !("hook" in step));

  test("gives these rows, and no others when all of it is sent again afterwards", async () => {
    await using app = await testApp();
    await play(app, steps);
    expect(await observe(app)).toEqual(expected);
    await play(app, repeatable);
    expect(await observe(app)).toEqual(expected);
  });

  if (!isReal(recording)) {
    test("gives the same when everything is sent twice", async () => {
      await using app = await testApp();
      await play(app, steps, 2);
      expect(await observe(app)).toEqual(expected);
    });
  }

  if (steps.some((step) => "otlp" in step)) {
    test.each(seedsOf(recording))("gives the same with its telemetry cut, in any order (%d)", async (seed) => {
      await using app = await testApp();
      await play(app, shuffled(steps, seededRandom(seed)));
      expect(settled(await observe(app))).toEqual(settled(expected));
    });
  }

  if (steps.some((step) => "jsonl" in step) && !isReal(recording)) {
    test("gives the same when its output is cut anywhere", async () => {
      await using app = await testApp();
      const random = seededRandom(7);
      for (const step of steps) {
        app.clock.advance(SECOND);
        if ("jsonl" in step) await sendCut(app, step, random);
        else await send(app, step);
      }
      expect(await observe(app)).toEqual(expected);
    });

    test("gives the same when its output breaks off, and is sent again from its beginning", async () => {
      await using app = await testApp();
      const random = seededRandom(8);
      for (const step of steps) {
        app.clock.advance(SECOND);
        if ("jsonl" in step) await send(app, { ...step, lines: step.lines.slice(0, random.below(step.lines.length)) });
        await send(app, step);
      }
      expect(settled(await observe(app))).toEqual(settled(expected));
    });
  }
});

/** The lines of a stream in pieces: bytes that end anywhere, in requests that end between lines. */
async function sendCut(app: TestApp, step: Extract<Step, { jsonl: string }>, random: Random): Promise<void> {
  const stream = `cut-${crypto.randomUUID()}`;
  for (let line = 0; line < step.lines.length;) {
    const some = step.lines.slice(line, line + 1 + random.below(4));
    const bytes = new TextEncoder().encode(
      some.map((one) => `${typeof one === "string" ? one : JSON.stringify(one)}\n`).join(""),
    );
    await sendLines(
      app,
      step.jsonl,
      inPieces(bytes, random),
      `&stream=${stream}&line=${line}&end=${line + some.length === step.lines.length}`,
    );
    line += some.length;
  }
}

function inPieces(bytes: Uint8Array, random: Random): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const end = at + 1 + random.below(200);
      controller.enqueue(bytes.slice(at, end));
      at = end;
    },
  });
}
