import { describe, expect, test } from "bun:test";
import { readEventStream } from "#src/client/event-stream.ts";

const SILENCE_MS = 60_000;
const encoder = new TextEncoder();

type Chunk = Uint8Array | string;

/** A body that gives these chunks and ends, and knows whether its reader let go of it. */
function bodyOf(chunks: Iterable<Chunk>): { readonly body: ReadableStream<Uint8Array>; readonly cancelled: boolean } {
  const iterator = chunks[Symbol.iterator]();
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return {
    body,
    get cancelled() {
      return cancelled;
    },
  };
}

const read = (...chunks: Chunk[]): Promise<string[]> =>
  Array.fromAsync(readEventStream(bodyOf(chunks).body, SILENCE_MS));

const LINES = [
  ": hello",
  'data: {"text":"ü 日本 🙂"}',
  "",
  "id: 7",
  "data: two",
  "data: lines",
  "",
  "",
  "data: last",
  "",
];
const FRAMES = ['{"text":"ü 日本 🙂"}', "two\nlines", "last"];

describe("frames are the same wherever the stream is cut", () => {
  for (const [name, end] of Object.entries({ LF: "\n", CRLF: "\r\n", CR: "\r" })) {
    const bytes = encoder.encode(LINES.map((line) => line + end).join(""));

    test(`${name}: in two, at every byte`, async () => {
      for (let at = 0; at <= bytes.length; at += 1) {
        expect(await read(bytes.subarray(0, at), bytes.subarray(at)), `cut at ${at}`).toEqual(FRAMES);
      }
    });

    test(`${name}: into single bytes, with nothing between them`, async () => {
      const chunks = [...bytes].flatMap((byte) => [new Uint8Array(), Uint8Array.of(byte)]);
      expect(await read(...chunks)).toEqual(FRAMES);
    });
  }

  test("line ends of every kind in one stream", async () => {
    expect(await read("data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\rdata: e\r\r")).toEqual(["a\nb\nc", "d", "e"]);
  });
});

describe("lines", () => {
  const cases: Record<string, [text: string, frames: string[]]> = {
    "one space behind the colon belongs to the field": ["data: a\n\ndata:b\n\ndata:  c\n\n", ["a", "b", " c"]],
    "a field without a value is empty": ["data\ndata: x\ndata:\n\n", ["\nx\n"]],
    "other fields and comments say nothing": [":\n: data: x\nevent: e\nretry: 1\nid: 3\ndatabase: x\n data: x\n\n", []],
    "frames of other fields alone are none": ["id: 1\n\n\n\ndata: x\n\n", ["x"]],
    "colons in the value stay": ["data: a:b: c\n\n", ["a:b: c"]],
    "what only Unicode calls a line end is text": [
      "data: a\u2028b\u2029c\u0085d\u000be\u000cf\n\n",
      ["a\u2028b\u2029c\u0085d\u000be\u000cf"],
    ],
    "a byte order mark in front is dropped": ["\ufeffdata: x\n\n", ["x"]],
    "a frame that was not ended is none": ["data: whole\n\ndata: half\ndata: of it\n", ["whole"]],
    "nor is a line that was not ended": ['data: whole\n\ndata: {"half', ["whole"]],
    "an empty stream has no frames": ["", []],
  };
  for (const [name, [text, frames]] of Object.entries(cases)) {
    test(name, async () => expect(await read(text)).toEqual(frames));
  }

  test("bytes that are no UTF-8 spoil only their own characters", async () => {
    expect(await read("data: a", Uint8Array.of(0xff), "b\n\n", "data: c\n\n")).toEqual(["a\ufffdb", "c"]);
  });
});

test("a frame is there as soon as its empty line is, whatever follows", async () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const frames = readEventStream(readable, SILENCE_MS);
    for (const text of ["first", "second"]) {
      void writer.write(encoder.encode(`data: ${text}${end}${end}`));
      expect(await frames.next()).toEqual({ done: false, value: text });
    }
    await frames.return(undefined);
  }
});

test("a reader that stops early lets go of the body, in the middle of a chunk too", async () => {
  const stream = bodyOf(["data: 1\n\ndata: 2\n\n", "data: 3\n\n"]);
  for await (const frame of readEventStream(stream.body, SILENCE_MS)) {
    expect(frame).toBe("1");
    break;
  }
  expect(stream.cancelled).toBe(true);
});

test("a body that breaks is an error, after the frames that came", async () => {
  const broken = new Error("reset by peer");
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(encoder.encode("data: 1\n\ndata: 2"));
      else controller.error(broken);
    },
  });
  const frames = readEventStream(body, SILENCE_MS);
  expect(await frames.next()).toEqual({ done: false, value: "1" });
  await expect(frames.next()).rejects.toBe(broken);
  expect(await frames.next()).toEqual({ done: true, value: undefined });
});

test("a stream that falls silent is an error, and is let go of", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode("data: 1\n\n")),
    cancel() {
      cancelled = true;
    },
  });
  const frames = readEventStream(body, 5);
  expect(await frames.next()).toEqual({ done: false, value: "1" });
  await expect(frames.next()).rejects.toThrow("nothing came for 0.005 s");
  expect(cancelled).toBe(true);
});

describe("a frame without end is an error, and the body is let go of", () => {
  function* endless(chunk: string): Generator<string> {
    yield "data: fine\n\n";
    for (;;) yield chunk;
  }
  for (const [name, chunk] of Object.entries({
    "one line": "data: x".repeat(10_000),
    lines: "data: x\n".repeat(10_000),
  })) {
    test(name, async () => {
      const stream = bodyOf(endless(chunk));
      const frames = readEventStream(stream.body, SILENCE_MS);
      expect(await frames.next()).toEqual({ done: false, value: "fine" });
      await expect(frames.next()).rejects.toThrow("a frame without end");
      expect(stream.cancelled).toBe(true);
    });
  }

  test("but many frames in one chunk are none", async () => {
    const count = 40_000;
    const frames = await read(`data: ${"x".repeat(500)}\n\n`.repeat(count));
    expect(frames.length).toBe(count);
  });
});

test("a long frame in small chunks is read in time that grows with its length alone", async () => {
  const text = "x".repeat(300);
  const chunks = ["data: ", ...Array.from({ length: 20_000 }, () => text), "\n\n"];
  expect(await read(...chunks)).toEqual([text.repeat(20_000)]);
}, 10_000);
