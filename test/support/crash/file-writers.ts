import type { Subprocess } from "bun";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Shared } from "./http-writers.ts";

/** What a process that writes the file directly does in one transaction. */
export type FileOperation =
  /** An agent, a prompt, logs and a system log, and a prompt of a shared agent with its cost, together. */
  | { readonly kind: "family"; readonly marker: string; readonly shared: string; readonly cost: number }
  | { readonly kind: "touch"; readonly marker: string; readonly agent: string; readonly status: string }
  | { readonly kind: "logs"; readonly marker: string; readonly agent: string; readonly rows: number }
  /** Begun and rolled back. */
  | { readonly kind: "undone"; readonly marker: string }
  | { readonly kind: "remove"; readonly marker: string; readonly agent: string };

/** A process that writes the file directly; killed, another one follows it. */
export type FileWriter = AsyncDisposable & {
  go(): void;
  /** Resolves when it has ended its transaction and does nothing more. */
  stop(): Promise<void>;
  /** Kills it, whatever it is doing. */
  kill(): Promise<void>;
  /** What it has done since it was last asked; what was under way when it was killed is not `isCommitted`. */
  take(): { readonly operation: FileOperation; readonly isCommitted: boolean }[];
};

export function createFileWriter(path: string, shared: Shared, name: string, seed: number): FileWriter {
  const journal = `${path}-journal-of-${name}.jsonl`;
  let generation = 0;
  let read = 0;
  let child: Subprocess<"pipe", "pipe", "inherit"> | null = null;
  let lines: AsyncGenerator<string> | null = null;
  let isWriting = false;

  function spawn(): Subprocess<"pipe", "pipe", "inherit"> {
    generation += 1;
    const own = `${name}g${generation}`;
    const program = [process.execPath, join(import.meta.dir, "file-writer.ts")];
    const args = [path, journal, own, String(seed + generation * 1000), shared.definition, ...shared.agents];
    const started = Bun.spawn([...program, ...args], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    lines = chunks(started.stdout);
    return started;
  }

  return {
    go() {
      child ??= spawn();
      isWriting = true;
      child.stdin.write("go\n");
      void child.stdin.flush();
    },
    async stop() {
      if (child === null || !isWriting) return;
      isWriting = false;
      child.stdin.write("stop\n");
      void child.stdin.flush();
      const { value } = await lines!.next();
      if (value !== "stopped\n") throw new Error(`${name} ended by itself`);
    },
    async kill() {
      if (child === null) return;
      child.kill("SIGKILL");
      await child.exited;
      child = null;
    },
    take() {
      const text = readFrom(journal, read);
      read += text.length;
      const notes = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Note]));
      const done = new Set(notes.flatMap((note) => ("done" in note ? [note.done] : [])));
      return notes.flatMap((note) =>
        "operation" in note ? [{ operation: note.operation, isCommitted: done.has(note.turn) }] : [],
      );
    },
    async [Symbol.asyncDispose]() {
      child?.kill("SIGKILL");
      await child?.exited;
    },
  };
}

type Note = { readonly turn: number; readonly operation: FileOperation } | { readonly done: number };

/** Whole lines from a character on; nothing while there is no file. */
function readFrom(path: string, start: number): string {
  if (!existsSync(path)) return "";
  const text = readFileSync(path, "utf8");
  return text.slice(start, text.lastIndexOf("\n") + 1);
}

async function* chunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) yield decoder.decode(chunk, { stream: true });
}
