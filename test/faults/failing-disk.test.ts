import { expect, test } from "bun:test";
import { MAIN } from "#test/support/program.ts";
import { testFolder } from "#test/support/folder.ts";
import { query } from "#test/support/database.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";
import { until } from "#test/support/until.ts";

test("a disk that fails to write, with room left: writes answer 503, reads go on, and health says so", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await writeNewDatabase(path);
  // No file of this process may become larger than 2 MB: the system refuses the write, and it is not for want of room.
  const limited = `trap '' XFSZ; ulimit -f 2048; exec "$0" "$@"`;
  const child = Bun.spawn(["sh", "-c", limited, process.execPath, MAIN, "serve", "--port", "0", "--database", path], {
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
    const write = () =>
      fetch(`${url}/api/system/logs`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ component: "c", message: "m", details: "x".repeat(50_000) }),
      });
    let stored = 0;
    let answer = await write();
    for (; answer.status === 201; answer = await write()) stored += 1;
    expect(stored).toBeGreaterThan(5);
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "60"]);
    expect(((await answer.json()) as { detail: string }).detail).toContain("its disk fails (disk I/O error)");
    expect(await (await fetch(`${url}/api/system/logs?limit=1000`)).json()).toHaveLength(stored);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: "unhealthy", checks: { damage: { status: "failed" } } });
    expect(query(path, "select count(*) as n from system_logs")).toEqual([{ n: stored }]);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}, 20_000);
