import {
  close as closeFd,
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  read,
  readdirSync,
  rmSync,
  statSync,
  write,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Where a child writes its output to, so that it is what it would be without us: a terminal where ours is one, else a pipe
 * (Bun's own "pipe" is a socket, which a child cannot open as /dev/stdout).
 */
export type ChildOutput = {
  /** For `stdio` of the child. */
  readonly fd: number;
  /** The child has it. */
  begin(): void;
  /** What it writes, as it comes, until it has ended. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
  /** The child has ended: what it has written by now is all that is waited for. */
  end(): void;
  /** Nobody reads it any more: the child is told by its next write. */
  close(): void;
};

const CHUNK = 64 * 1024;
/** Milliseconds in which what an ended child has written is surely read; those whom it began may hold its output open. */
const QUIET_MS = 250;

export type Screen = {
  readonly columns: () => number;
  readonly rows: () => number;
  onResize(listener: () => void): void;
};

/** A pipe like that of a shell: a named one that has lost its name. Null where there are none. */
export function openPipe(): ChildOutput | null {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-tee-"));
  const path = join(folder, "pipe");
  const fds: number[] = [];
  try {
    if (!Bun.spawnSync(["mkfifo", "-m", "600", path]).success) return null;
    // Open for both, it waits for nobody.
    for (const flags of [constants.O_RDWR, constants.O_RDONLY, constants.O_WRONLY]) fds.push(openSync(path, flags));
  } catch {
    for (const fd of fds) closeSync(fd);
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [both, reader, writer] = fds as [number, number, number];
  closeSync(both);
  const ended = Promise.withResolvers<void>();
  let isClosed = false;

  async function next(): Promise<Uint8Array | null> {
    if (isClosed) return null;
    const chunk = readChunk(reader);
    // Read what is there, whoever holds it open.
    const late = ended.promise.then(() => Bun.sleep(QUIET_MS)).then(() => null);
    return await Promise.race([chunk, late]);
  }

  return {
    fd: writer,
    begin: () => closeSync(writer),
    async *chunks() {
      for (let chunk = await next(); chunk !== null && chunk.byteLength > 0; chunk = await next()) yield chunk;
    },
    end: () => ended.resolve(),
    close() {
      if (isClosed) return;
      isClosed = true;
      closeFd(reader, () => {});
    },
  };
}

function readChunk(fd: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(CHUNK);
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, CHUNK, null, (error, size) =>
      error === null ? resolve(buffer.subarray(0, size)) : reject(error),
    );
  });
}

/**
 * A terminal for the output alone: input, errors and Ctrl+C stay with the real one. It changes no byte; the real one does
 * that. Null where none can be had.
 */
export function openTerminalOutput(screen: Screen): ChildOutput | null {
  const before = new Set(devices());
  const queue: Uint8Array[] = [];
  let wake = () => {};
  let isOver = false;
  const over = () => {
    isOver = true;
    wake();
  };
  const size = { cols: screen.columns(), rows: screen.rows() };
  const terminal = new Bun.Terminal({
    ...size,
    data(_terminal, bytes) {
      queue.push(Uint8Array.from(bytes));
      wake();
    },
    exit: over,
  });
  const path = pathOfSlave(devices().filter((fd) => !before.has(fd)));
  if (path === null) {
    terminal.close();
    return null;
  }
  terminal.outputFlags = 0;
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOCTTY);
  screen.onResize(() => {
    if (!terminal.closed) terminal.resize(screen.columns(), screen.rows());
  });
  // What is written after the child's last byte comes after it.
  const mark = Buffer.from(`\u0000${crypto.randomUUID()}\u0000`);
  let tail: Buffer | null = null;

  function* upToMark(chunk: Uint8Array): Generator<Uint8Array> {
    if (tail === null) {
      yield chunk;
      return;
    }
    tail = Buffer.concat([tail, chunk]);
    const end = tail.indexOf(mark);
    if (end === -1) return;
    isOver = true;
    if (end > 0) yield tail.subarray(0, end);
    tail = Buffer.alloc(0);
  }

  return {
    fd,
    begin: () => {},
    async *chunks() {
      for (;;) {
        for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) yield* upToMark(chunk);
        if (isOver) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || isOver) resolve();
        });
      }
      if (tail !== null && tail.byteLength > 0) yield tail;
      terminal.close();
    },
    end() {
      tail = Buffer.alloc(0);
      write(fd, mark, () => closeFd(fd, () => {}));
      setTimeout(over, QUIET_MS * 4).unref();
    },
    close: over,
  };
}

/** Open files of this process that are devices. */
function devices(): number[] {
  return readdirSync("/dev/fd")
    .map(Number)
    .filter((fd) => {
      try {
        return fstatSync(fd).isCharacterDevice();
      } catch {
        return false;
      }
    });
}

/** The end of a new terminal that programs write to has a name: that with its number. */
function pathOfSlave(fds: readonly number[]): string | null {
  const numbers = new Set(fds.map((fd) => fstatSync(fd).rdev));
  const names = [...namesIn("/dev/pts", /^\d+$/), ...namesIn("/dev", /^ttys\d+$/)];
  return names.find((path) => numbers.has(statSync(path, { throwIfNoEntry: false })?.rdev ?? -1)) ?? null;
}

function namesIn(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
