import { expect, test } from "bun:test";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { until } from "#test/support/until.ts";

const WRITERS = 16;
const PATIENCE_MS = 40_000;

/** A log, under the key of its own. */
function write(url: string, message: string): Promise<Response> {
  return fetch(`${url}/api/system/logs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": message },
    body: JSON.stringify({ component: "crash", message }),
  });
}

test(
  "after SIGKILL amid writes, all sent again with their keys: each is done once, and answered as it was",
  async () => {
    using folder = testFolder();
    await using program = startProgram(folder.path);
    const url = await program.url;
    const sent: string[] = [];
    const answered = new Map<string, string>();
    async function writer(number: number): Promise<void> {
      for (let turn = 0; ; turn += 1) {
        const message = `${number}-${turn}`;
        sent.push(message);
        const response = await write(url, message);
        const text = await response.text();
        if (response.status !== 201) throw new Error(`answered ${response.status}`);
        answered.set(message, text);
      }
    }
    const ends = Promise.allSettled(Array.from({ length: WRITERS }, (_, number) => writer(number)));
    await until("answers", () => answered.size >= 300);
    program.kill("SIGKILL");
    await program.exited;
    await ends;
    const path = folder.file("data/orchestrator.db");
    expect(sent.length).toBeGreaterThan(answered.size);

    await using again = startProgram(folder.path);
    const next = await again.url;
    const logs = query(path, "select message from system_logs where component = 'crash' order by id");
    const done = new Set(logs.map(({ message }) => message as string));
    expect(
      query(path, "select count(*) as keys from orchestrator_idempotency"),
      "a key for each, and no other",
    ).toEqual([{ keys: done.size }]);
    for (const message of sent) {
      const response = await write(next, message);
      expect(response.status).toBe(201);
      expect(response.headers.get("Idempotency-Replayed"), message).toBe(done.has(message) ? "true" : null);
      const text = await response.text();
      if (answered.has(message)) expect(text).toBe(answered.get(message)!);
    }
    const stored = query(path, "select message from system_logs where component = 'crash'");
    expect(stored.map(({ message }) => message as string).toSorted()).toEqual(sent.toSorted());
  },
  PATIENCE_MS,
);
