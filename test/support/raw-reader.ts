import { connect } from "node:net";
import { until } from "./until.ts";

/** A reader that decides when it reads: what it leaves unread stays with the server. */
export type RawReader = AsyncDisposable & {
  /** JSON texts, in order. */
  readonly texts: string[];
  readonly bytes: number;
  /** Null while open; the close code of a socket, 1006 without one. */
  readonly closed: { readonly code: number } | null;
  pause(): void;
  resume(): void;
  /** From now on reads one chunk every so many turns of the event loop. */
  readSlowly(turns: number): void;
};

/** Opens a WebSocket by hand. */
export function openRawSocket(url: string, path: string): Promise<RawReader> {
  const upgrade = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ];
  return openRaw(url, path, upgrade, socketDecoder());
}

/** Opens an SSE stream by hand. */
export function openRawSse(url: string, path: string): Promise<RawReader> {
  return openRaw(url, path, ["Accept: text/event-stream"], sseDecoder());
}

/** Takes what came and gives the texts that are whole now, and the close code when there is one. */
type Decoder = (chunk: Buffer) => { readonly texts: string[]; readonly code: number | undefined };

async function openRaw(url: string, path: string, headers: readonly string[], decode: Decoder): Promise<RawReader> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const texts: string[] = [];
  let head: Buffer | null = Buffer.alloc(0);
  let bytes = 0;
  let code = 1006;
  let closed: { code: number } | null = null;
  let turns = 0;

  function take(chunk: Buffer): void {
    const decoded = decode(chunk);
    code = decoded.code ?? code;
    texts.push(...decoded.texts);
  }

  function takeHead(chunk: Buffer): void {
    head = Buffer.concat([head!, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const body = head.subarray(end + 4);
    head = null;
    take(body);
  }

  function resumeAfter(left: number): void {
    if (left === 0) socket.resume();
    else setImmediate(resumeAfter, left - 1);
  }

  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (head === null) take(chunk);
    else takeHead(chunk);
    if (turns > 0) {
      socket.pause();
      resumeAfter(turns);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = { code };
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.write([`GET ${path} HTTP/1.1`, `Host: ${hostname}:${port}`, ...headers, "", ""].join("\r\n"));

  return {
    texts,
    get bytes() {
      return bytes;
    },
    get closed() {
      return closed;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    readSlowly: (every) => {
      turns = every;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await until("the connection to close", () => closed !== null);
    },
  };
}

const CLOSE = 8;
/** As clients show a close frame that holds none. */
const NO_CODE = 1005;

/** Unmasked, unfragmented frames, as a server sends them. */
export function socketDecoder(): Decoder {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = Buffer.concat([rest, chunk]);
    const texts: string[] = [];
    let code: number | undefined;
    let at = 0;
    while (at + 10 <= bytes.length || at + 2 + (bytes[at + 1] ?? 127) <= bytes.length) {
      const short = bytes[at + 1]!;
      const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      if (start + length > bytes.length) break;
      const opcode = bytes[at]! & 15;
      if (opcode === 1) texts.push(bytes.toString("utf8", start, start + length));
      if (opcode === CLOSE) code = length < 2 ? NO_CODE : bytes.readUInt16BE(start);
      at = start + length;
    }
    rest = bytes.subarray(at);
    return { texts, code };
  };
}

/** A chunked body of `data:` lines. */
function sseDecoder(): Decoder {
  let rest: Buffer = Buffer.alloc(0);
  let body: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = Buffer.concat([rest, chunk]);
    const parts: Buffer[] = [body];
    let at = 0;
    for (let line = bytes.indexOf("\r\n"); line !== -1; line = bytes.indexOf("\r\n", at)) {
      const length = Number.parseInt(bytes.toString("latin1", at, line), 16);
      if (line + length + 4 > bytes.length) break;
      parts.push(bytes.subarray(line + 2, line + 2 + length));
      at = line + length + 4;
    }
    rest = bytes.subarray(at);
    body = Buffer.concat(parts);
    const end = body.lastIndexOf("\n\n") + 2;
    if (end === 1) return { texts: [], code: undefined };
    const texts = [...body.toString("utf8", 0, end).matchAll(/^data: (.*)$/gm)].map((match) => match[1]!);
    body = body.subarray(end);
    return { texts, code: undefined };
  };
}
