import { join } from "node:path";
import type { Json } from "./json.ts";

/** Another program that has the same file open and writes with statements of its own. */
export type ForeignWriter = AsyncDisposable & {
  /** Runs a statement (or a script, without parameters) there; throws what it throws. */
  run(sql: string, params?: readonly (string | number | null)[]): Promise<Record<string, Json>[]>;
};

export async function openForeignWriter(path: string, foreignKeys: "on" | "off" = "on"): Promise<ForeignWriter> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "other-process.ts"), path, foreignKeys], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  return {
    async run(sql, params = []) {
      child.stdin.write(`${JSON.stringify({ sql, params })}\n`);
      await child.stdin.flush();
      const { value } = await lines.next();
      if (value === undefined) throw new Error("the other process ended");
      const answer = JSON.parse(value) as { error?: string; rows?: Record<string, Json>[] };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.rows ?? [];
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
