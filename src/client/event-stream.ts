import { startTimer } from "./timer.ts";

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
  let line = "";
  let data: string[] = [];
  let length = 0;
  let isHalfLineEnd = false;
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read(), silenceMs);
      if (done) return;
      const text = decoder.decode(value, { stream: true });
      if (text === "") continue;
      const [first = "", ...others] = text.slice(isHalfLineEnd && text.startsWith("\n") ? 1 : 0).split(/\r\n|\n|\r/);
      isHalfLineEnd = text.endsWith("\r");
      const lines = [line + first, ...others];
      line = lines.pop()!;
      length += text.length;
      for (const whole of lines) {
        const field = /^data(?:: ?(.*))?$/s.exec(whole);
        if (field !== null) data.push(field[1] ?? "");
        if (whole !== "") continue;
        if (data.length > 0) yield data.join("\n");
        data = [];
        length = 0;
      }
      if (length > MAX_FRAME) throw new Error("a frame without end");
    }
  } finally {
    await reader.cancel().catch(() => {
      // It broke already: that is what the reader was told.
    });
  }
}

async function withinSilence<Value>(work: Promise<Value>, silenceMs: number): Promise<Value> {
  let stop = () => {};
  const silence = new Promise<never>((_resolve, reject) => {
    stop = startTimer(silenceMs, () => reject(new Error(`nothing came for ${silenceMs / 1000} s`)));
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    stop();
  }
}
