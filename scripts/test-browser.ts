/**
 * Runs the tests that open the page in a real Chromium: `bun run test:browser [WORD OF A FILE NAME…] [OPTIONS OF bun test…]`. They are
 * apart from `bun run test`, which runs wherever Bun does.
 */
import { Glob } from "bun";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
/** Two browsers, each with its server: more would only wait for each other. */
const PARALLEL = 2;

const args = process.argv.slice(2);
const firstOption = args.findIndex((argument) => argument.startsWith("-"));
const words = firstOption === -1 ? args : args.slice(0, firstOption);
const options = args.slice(words.length);
const suites = [...new Glob("test/browser/**/*.browser.ts").scanSync(ROOT)].map((path) => path.replaceAll("\\", "/"));
const wanted = suites.filter((path) => words.length === 0 || words.some((word) => path.includes(word))).toSorted();
if (wanted.length === 0) {
  console.log(`browser: no suite has ${words.join(" or ")} in its name; there are ${suites.toSorted().join(", ")}`);
  process.exit(1);
}

const began = performance.now();
const files = wanted.map((path) => `./${path}`);
const child = Bun.spawn([process.execPath, "test", ...files, `--parallel=${PARALLEL}`, "--timeout=60000", ...options], {
  cwd: ROOT,
  stdin: "ignore",
  stdout: "inherit",
  stderr: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
const code = await child.exited;
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`browser: ${code === 0 ? "PASSED" : "FAILED"}: ${wanted.length} suites in ${seconds} s`);
process.exitCode = code;
