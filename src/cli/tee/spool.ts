import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import type { StreamSource } from "#src/domain/lines-taken.ts";
import type { Clock } from "#src/platform/clock.ts";

/** What a spool is: its first line. */
export type SpoolHead = {
  /** Id of the stream. */
  readonly stream: string;
  readonly source: StreamSource;
  readonly session: string | null;
  /** The server that it is for. */
  readonly url: string;
  /** Code with which the program has exited, once it is known. */
  readonly exit?: number;
};

/** The output of one run, on its way to the server: a file that only this process has. */
export type Spool = {
  readonly path: string;
  readonly head: SpoolHead;
  /** Code with which the program has exited; null while that is not known. */
  readonly exit: number | null;
  /** Where its lines begin in the file. */
  readonly start: number;
  /** Where its lines end, as far as they are written. */
  readonly end: number;
  read(from: number, most: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Delivered: it is gone. */
  remove(): Promise<void>;
  /** Kept, for whoever delivers it. */
  release(): Promise<string>;
};

export type GrowingSpool = Spool & {
  /** Writes by and by; false when no more is kept. */
  append(bytes: Uint8Array): boolean;
  /** Why no more is kept; null while it is. */
  readonly fault: string | null;
  /** Called when more has been written. */
  onGrown: () => void;
  /** The program has exited. */
  noteExit(code: number): Promise<void>;
  /** Resolves when all that was given is written. */
  written(): Promise<void>;
};

const MB = 1024 * 1024;
/** Bytes of one run that are kept. */
const MOST_SPOOLED = 256 * MB;
/** Bytes that wait for a slow disk. */
const MOST_WAITING = 32 * MB;
const MOST_EXIT = 255;
/** Of the first line. */
const MOST_HEAD = 64 * 1024;

/** `<stream>.jsonl`, or `<stream>.<pid>.jsonl` while a process has it. */
const NAME = /^([\w-]+)(?:\.(\d+))?\.jsonl$/;

const nameOf = (folder: string, stream: string, pid?: number): string =>
  join(folder, pid === undefined ? `${stream}.jsonl` : `${stream}.${pid}.jsonl`);

export function spoolFolder(stateFolder: string): string {
  return join(stateFolder, "spool");
}

/** Begins a spool; throws when there is no place for it. */
export async function createSpool(folder: string, head: SpoolHead, mostBytes = MOST_SPOOLED): Promise<GrowingSpool> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = nameOf(folder, head.stream, process.pid);
  const handle = await open(path, "wx+", 0o600);
  // Blanks hold the place for what is known at the end.
  const room = JSON.stringify({ ...head, exit: MOST_EXIT }).length;
  const firstLine = (known: SpoolHead) => Buffer.from(`${JSON.stringify(known).padEnd(room)}\n`);
  const first = firstLine(head);
  await handle.write(first);
  let exit: number | null = null;
  let end = first.byteLength;
  let given = end;
  let waiting: Uint8Array[] = [];
  let writing: Promise<void> | null = null;
  let fault: string | null = null;

  async function write(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const bytes = Buffer.concat(waiting);
        waiting = [];
        await writeAll(handle, bytes, end);
        end += bytes.byteLength;
        spool.onGrown();
      }
    } catch (error) {
      fault ??= (error as Error).message;
      waiting = [];
      spool.onGrown();
    }
    writing = null;
  }

  const spool: GrowingSpool = {
    ...openedSpool(folder, head, path, handle, { start: first.byteLength, end: () => end }),
    get end() {
      return end;
    },
    get exit() {
      return exit;
    },
    get fault() {
      return fault;
    },
    onGrown: () => {},
    append(bytes) {
      if (fault !== null) return false;
      if (given + bytes.byteLength > mostBytes) fault = `a run of more than ${mostBytes / MB} MB is not kept`;
      else if (given - end + bytes.byteLength > MOST_WAITING) fault = "the disk is too slow";
      if (fault !== null) return false;
      given += bytes.byteLength;
      waiting.push(Uint8Array.from(bytes));
      writing ??= write();
      return true;
    },
    async noteExit(code) {
      exit = code;
      // When it cannot be kept it can be told all the same.
      await writeAll(handle, firstLine({ ...head, exit }), 0).catch(() => {});
    },
    async written() {
      // What is given meanwhile begins another one.
      for (let one = writing; one !== null; one = writing) await one;
    },
  };
  return spool;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, at + done);
    done += bytesWritten;
  }
}

function openedSpool(
  folder: string,
  head: SpoolHead,
  path: string,
  handle: FileHandle,
  place: { readonly start: number; readonly end: () => number },
): Spool {
  return {
    path,
    head,
    exit: exitOf(head),
    start: place.start,
    get end() {
      return place.end();
    },
    async read(from, most) {
      const bytes = new Uint8Array(Math.max(0, Math.min(most, place.end() - from)));
      let size = 0;
      while (size < bytes.byteLength) {
        const { bytesRead } = await handle.read(bytes, size, bytes.byteLength - size, from + size);
        if (bytesRead === 0) break;
        size += bytesRead;
      }
      return bytes.subarray(0, size);
    },
    async remove() {
      await handle.close();
      await unlink(path);
    },
    async release() {
      // What is left for later must be there later.
      await handle.sync().catch(() => {});
      await handle.close();
      const free = nameOf(folder, head.stream);
      await rename(path, free);
      return free;
    },
  };
}

/** Takes a kept spool whose process has gone; null when another one has it, or it is none. */
export async function claimSpool(folder: string, name: string, now: Clock): Promise<Spool | null> {
  const [, stream, owner] = NAME.exec(name) ?? [];
  if (stream === undefined || (owner !== undefined && isAlive(folder, name, Number(owner), now))) return null;
  const path = nameOf(folder, stream, process.pid);
  // A process has one name for it: whoever renames first has it.
  if (existsSync(path)) return null;
  try {
    renameSync(join(folder, name), path);
  } catch {
    return null;
  }
  const handle = await open(path, "r+");
  const { size } = await handle.stat();
  const first = new Uint8Array(Math.min(size, MOST_HEAD));
  await handle.read(first, 0, first.byteLength, 0);
  const start = first.indexOf(10) + 1;
  const head = headOf(new TextDecoder().decode(first.subarray(0, start)), stream);
  if (head !== null) return openedSpool(folder, head, path, handle, { start, end: () => size });
  // Its process ended before it had begun, or it is a file of somebody's.
  await handle.close();
  if (start === 0) await unlink(path);
  else await rename(path, join(folder, `${stream}.unreadable`));
  return null;
}

/** Names of kept spools, the oldest first: ids of streams begin with their time. */
export function keptSpools(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => NAME.test(name) && !name.endsWith(`.${process.pid}.jsonl`))
    .toSorted();
}

function headOf(text: string, stream: string): SpoolHead | null {
  try {
    const head = JSON.parse(text) as SpoolHead;
    return head.stream === stream && typeof head.source === "string" && typeof head.url === "string" ? head : null;
  } catch {
    return null;
  }
}

function exitOf({ exit }: SpoolHead): number | null {
  return exit !== undefined && Number.isInteger(exit) && exit >= 0 && exit <= MOST_EXIT ? exit : null;
}

/** A process of that number may be another one, since the machine was started again. */
function isAlive(folder: string, name: string, pid: number, now: Clock): boolean {
  if (pid === process.pid) return true;
  const file = statSync(join(folder, name), { throwIfNoEntry: false });
  if (file !== undefined && file.mtimeMs < now() - uptime() * 1000) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
