import { expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "#test/support/folder.ts";
import { checkExample, environmentIn, FROM_SOURCE, mustRun, playExample, startBackend } from "./generated.ts";

/** So that a machine with other work to do is no failure; a quiet one takes a quarter of it. */
const SUITE_MS = 120_000;

// One stack here, and a part of its tests; `bun run test:scaffold` makes all of them, with the executable, and runs it whole.
test(
  "a generated project runs: its backend, its example, its backend's checks, and tests of its own",
  async () => {
    using folder = testFolder();
    const env = environmentIn(folder.path);
    const flags = ["--language", "python", "--framework", "fastapi", "--yes"];
    await mustRun(folder.path, [...FROM_SOURCE, "new", "my-project", ...flags], env);
    const project = folder.file("my-project");
    {
      await using backend = await startBackend(project, env);
      await checkExample(backend.url, await playExample(project, env, backend.url));
    }
    await mustRun(join(project, "orchestrator_web"), ["bun", "run", "verify"], env);
    const some = ["agents", "filters", "listing", "orchestrator-agents", "prompts", "tokens", "workflows"].map(
      (noun) => `./test/contract/${noun}.test.ts`,
    );
    const tests = ["bun", "test", ...some, "./test/project"];
    const { stderr } = await mustRun(join(project, "orchestrator_web"), tests, env, SUITE_MS);
    const passed = Number(/^ (\d+) pass$/m.exec(stderr)?.[1]);
    expect(passed).toBeGreaterThan(100);
    expect(stderr).toContain("\n 0 fail\n");
  },
  2 * SUITE_MS,
);
