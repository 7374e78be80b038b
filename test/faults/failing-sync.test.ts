import { expect, test } from "bun:test";
import { join } from "node:path";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { until } from "#test/support/until.ts";

const PROGRAM = join(import.meta.dir, "../support/failing-sync.ts");
const isHere = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
if (!isHere) process.stderr.write("no disk here whose syncs fail, so what needs one is not tried\n");

test("a disk that fails to sync: nobody says what is not known, and killed then, what was refused is not there", async () => {
  if (!isHere) return;
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await writeNewDatabase(path);
  const child = Bun.spawn([process.execPath, PROGRAM, "serve", "--port", "0", "--database", path], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    let printed = "";
    void (async () => {
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) printed += chunk;
    })();
    const url = await until("its address", () => /http:\/\/[^\s/]+(?=\s)/.exec(printed)?.[0]);
    const write = (message: string) =>
      fetch(`${url}/api/system/logs`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ component: "c", message, details: "x".repeat(message === "large" ? 50_000 : 1) }),
      });
    expect((await write("before")).status).toBe(201);
    child.kill("SIGUSR2");
    await until("its syncs to fail", () => printed.includes("syncs fail"));
    for (const message of ["large", "small"]) {
      const answer = await write(message);
      expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "60"]);
      const { code, detail } = (await answer.json()) as { code: string; detail: string };
      expect(code).toBe("unavailable");
      expect(detail).toContain("Whether it was stored is not known");
      expect(detail).not.toContain("Nothing was stored");
    }
    const logs = (await (await fetch(`${url}/api/system/logs`)).json()) as { message: string }[];
    expect(logs.map(({ message }) => message)).toEqual(["before"]);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ checks: { damage: { status: "failed" } } });
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(query(path, "select message from system_logs")).toEqual([{ message: "before" }]);
  expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
}, 20_000);
