import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreAtLimit, StoreBusy, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import type { StoreHealth, WriterHealth, WriteRefusal } from "#src/database/store-health.ts";
import type { Faults } from "./faults.ts";
import { HEAD_SEQ, type Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Whoever waits longer for the lock, or for the system, is answered without. */
const PATIENCE_MS = 50;

/** The write could begin, which was all that was asked of it: it is undone. */
class CouldBegin extends Error {}

export type HealthDeps = {
  readonly path: string;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly faults: Faults;
  /** Bytes that a folder has left for this process; a network disk may never say. */
  readonly freeBytes?: (folder: string) => Promise<number>;
};

export type Health = {
  look(): Promise<StoreHealth>;
  /** Looks no more. */
  close(): void;
};

/** Looks at the store by way of its own reader and its own queue of writes; nothing is written. */
export function createHealth({ path, reader, writer, faults, freeBytes = askSystem }: HealthDeps): Health {
  const head = `select ${HEAD_SEQ} as seq`;
  let probe: { readonly began: number; readonly outcome: Promise<WriteRefusal | null> } | null = null;
  let free: Promise<number | null> | null = null;
  let isClosed = false;

  const readHead = (): Promise<Pick<StoreHealth, "headSeq" | "fault">> =>
    reader
      .read(() => ({ headSeq: reader.prepare<{ seq: number }>(head).get({})!.seq }))
      .catch((fault: unknown) => ({ headSeq: null, fault }));

  /** Begins a transaction as any write does, behind those that wait; everybody who asks meanwhile shares it. */
  async function begin(): Promise<WriteRefusal | null> {
    for (;;) {
      const error: unknown = await writer.write(couldBegin, { probe: true }).catch((reason: unknown) => reason);
      // Who asks again is told since when.
      if (error instanceof StoreBusy && !isClosed) continue;
      probe = null;
      return refusalOf(error);
    }
  }

  async function writerHealth(): Promise<WriterHealth> {
    probe ??= { began: performance.now(), outcome: begin() };
    const { began, outcome } = probe;
    const refusal = await within(outcome, "late" as const);
    if (refusal === "late") return { state: "waiting", sinceMs: performance.now() - began };
    const reason = refusal ?? faults.refusal;
    return reason === null ? { state: "ready" } : { state: "refused", reason };
  }

  /** Everybody who asks before the system has answered shares the question: each one holds a thread meanwhile. */
  function askFree(): Promise<number | null> {
    free ??= freeBytes(dirname(path))
      .catch(() => null)
      .finally(() => (free = null));
    return free;
  }

  return {
    async look() {
      const [read, state, left] = await Promise.all([readHead(), writerHealth(), within(askFree(), null)]);
      return { ...read, writer: state, freeBytes: left, damage: faults.damage };
    },
    close() {
      isClosed = true;
    },
  };
}

function couldBegin(): never {
  throw new CouldBegin();
}

function refusalOf(error: unknown): WriteRefusal | null {
  if (error instanceof CouldBegin) return null;
  if (error instanceof StoreOverloaded) return "overloaded";
  if (error instanceof StoreAtLimit) return "at_limit";
  return error instanceof StoreFull ? "disk_full" : "failed";
}

async function askSystem(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** A network disk, or a lock, may take for ever. */
async function within<Value, Late>(promise: Promise<Value>, late: Late): Promise<Value | Late> {
  const { promise: ended, resolve } = Promise.withResolvers<Late>();
  const timer = setTimeout(() => resolve(late), PATIENCE_MS);
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
  }
}
