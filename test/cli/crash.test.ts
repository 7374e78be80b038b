import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { testFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { until } from "#test/support/until.ts";

const PATIENCE_MS = 30_000;
const WRITERS = 16;

describe("a program that is killed", () => {
  test(
    "amid writes has kept every one that it answered",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      const answered: string[] = [];
      async function write(writer: number): Promise<void> {
        for (let turn = 0; ; turn += 1) {
          const response = await fetch(`${url}/api/system/logs`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ component: "crash", message: `${writer}-${turn}` }),
          });
          if (response.status !== 201) throw new Error(`answered ${response.status}`);
          answered.push(`${writer}-${turn}`);
        }
      }
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
      const ends = Promise.allSettled(writers);
      await until("answers", () => answered.length >= 500);
      program.kill("SIGKILL");
      await program.exited;
      await ends;

      await using again = startProgram(folder.path);
      expect((await fetch(`${await again.url}/health`)).status).toBe(200);
      using db = new Database(folder.file("data/orchestrator.db"), { readonly: true });
      const kept = db.query<{ message: string }, []>("select message from system_logs").all();
      const messages = new Set(kept.map(({ message }) => message));
      expect(answered.filter((message) => !messages.has(message))).toEqual([]);
      expect(messages.size).toBe(kept.length);
      const frames = db.query<{ count: number }, []>("select count(*) as count from changes").get()!;
      expect(frames.count).toBe(kept.length);
      expect(db.query("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    },
    PATIENCE_MS,
  );
});
