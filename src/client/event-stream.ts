/** A frame of more characters than this is none of ours. */
const MAX_FRAME = 16_000_000;

/**
 * Reads the `data` of each frame of a server-sent event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * Ends with the stream; what follows the last empty line is no whole frame and is left out. Other fields are not needed:
 * the JSON of a frame carries its `seq`.
 *
 * @param silenceMs a stream that sends nothing for so long counts as broken: throws
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>, silenceMs: number): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read(), silenceMs);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      if (rest.length > MAX_FRAME) throw new Error("a frame without end");
      // A carriage return at the end may be the first half of a line end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      const frames = linesToFrames(lines);
      rest = frames.rest.join("\n");
      yield* frames.complete;
    }
  } finally {
    await reader.cancel().catch(() => {
      // It broke already: that is what the reader was told.
    });
  }
}

function linesToFrames(lines: readonly string[]): { complete: string[]; rest: readonly string[] } {
  const complete: string[] = [];
  let data: string[] = [];
  let begun = 0;
  for (const [index, line] of lines.slice(0, -1).entries()) {
    if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    if (line !== "") continue;
    if (data.length > 0) complete.push(data.join("\n"));
    data = [];
    begun = index + 1;
  }
  return { complete, rest: lines.slice(begun) };
}

async function withinSilence<Value>(work: Promise<Value>, silenceMs: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
