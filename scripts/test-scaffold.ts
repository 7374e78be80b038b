/**
 * Makes a project of every language with the executable, from empty folders and with nothing in the environment; starts
 * its backend by its own command, runs its example against it, and reads back what that did. The backend, which is the same for each,
 * also passes its own tests.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LANGUAGES } from "#src/scaffold/stacks.ts";
import {
  checkExample,
  environmentIn,
  FROM_SOURCE,
  mustRun,
  playExample,
  type ProgramCommand,
  startBackend,
} from "#test/scaffold/generated.ts";

const EXECUTABLE: ProgramCommand = [join(import.meta.dir, "../dist/orchestrator")];
const WITH_OWN_TESTS = "python";
const SUITE_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), "orchestrator-scaffold-"));
const env = environmentIn(folder);
try {
  await compareWithSource();
  for (const [language, { frameworks }] of Object.entries(LANGUAGES)) {
    for (const framework of frameworks) await make(EXECUTABLE, language, framework);
    await tryOut(language, projectOf(language, frameworks[0]!));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function projectOf(language: string, framework: string): string {
  return join(folder, language, framework, "my-project");
}

async function make(program: ProgramCommand, language: string, framework: string): Promise<void> {
  const place = join(projectOf(language, framework), "..");
  mkdirSync(place, { recursive: true });
  const flags = ["--language", language, "--framework", framework, "--yes"];
  await mustRun(place, [...program, "new", "my-project", ...flags], {});
}

/** The executable makes the same files as the source that it was built from. */
async function compareWithSource(): Promise<void> {
  const [ours, theirs] = [projectOf("python", "none"), projectOf("source", "none")];
  await make(EXECUTABLE, "python", "none");
  mkdirSync(join(theirs, ".."), { recursive: true });
  const flags = ["--language", "python", "--yes"];
  await mustRun(join(theirs, ".."), [...FROM_SOURCE, "new", "my-project", ...flags], {});
  const files = filesIn(theirs);
  assert.deepEqual(filesIn(ours), files);
  for (const file of files) {
    assert.deepEqual(readFileSync(join(ours, file)), readFileSync(join(theirs, file)), file);
    assert.equal(statSync(join(ours, file)).mode, statSync(join(theirs, file)).mode, file);
  }
  rmSync(ours, { recursive: true });
  console.log(`scaffold: the executable and the source make the same ${files.length} files`);
}

function filesIn(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files
    .map((file) => file.slice(root.length + 1))
    .filter((file) => !file.startsWith(".git/"))
    .toSorted();
}

async function tryOut(language: string, project: string): Promise<void> {
  const backend = await startBackend(project, env);
  try {
    await checkExample(backend.url, await playExample(project, env, backend.url));
  } finally {
    await backend[Symbol.asyncDispose]();
  }
  let suite = "";
  if (language === WITH_OWN_TESTS) {
    const { stderr } = await mustRun(join(project, "orchestrator_web"), ["bun", "run", "test"], env, SUITE_MS);
    suite = `, ${/^ \d+ pass$/m.exec(stderr)?.[0].trim()} of its own tests`;
  }
  console.log(`scaffold: ${language}: backend starts, example plays${suite}`);
}
