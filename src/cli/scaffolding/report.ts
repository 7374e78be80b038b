import { relative } from "node:path";
import type { Cli } from "#src/cli/cli.ts";
import { visible } from "#src/domain/visible.ts";
import { exampleRun } from "#src/scaffold/client-files.ts";
import type { Step } from "#src/scaffold/plan.ts";
import type { Project } from "#src/scaffold/project-files.ts";
import { ignoredByGit } from "./git.ts";

/** A file of the plan on one line. */
export function stepLine({ action, path, reason }: Step): string {
  return `${action === "SKIP" ? "SKIP  " : action} ${visible(path)}${action === "SKIP" ? `  (${reason})` : ""}`;
}

/** So many files of a folder that are kept are named one by one. */
const MOST_NAMED = 10;

/** What happens in a folder takes a line for each thing that happens there, not for each file. */
export function foldedLines(steps: readonly Step[]): string[] {
  const groups = Map.groupBy(steps, ({ path, action, reason }) => {
    const place = path.includes("/") ? `${path.split("/", 1)[0]}/` : path;
    return [place, action, reason].join("\0");
  });
  return [...groups.values()].flatMap((inside) => {
    const [first] = inside;
    const isNamed = inside.length === 1 || (first!.cause === "kept" && inside.length <= MOST_NAMED);
    if (isNamed) return inside.map(stepLine);
    return [stepLine({ ...first!, path: `${first!.path.split("/", 1)[0]}/  (${inside.length} files)` })];
  });
}

/** What the user should know, and only the user can do. */
export function hintsOf(cli: Cli, target: string, { stack }: Project, steps: readonly Step[]): string[] {
  const created = steps.filter(({ action }) => action === "CREATE").map(({ path }) => path);
  const isMixed = steps.some(({ cause }) => cause === "apart");
  const isNode = stack.language === "typescript" || stack.language === "javascript";
  const ignored = ignoredByGit(cli, target, created);
  const lost = ignored?.filter((path) => !path.endsWith(".env")) ?? [];
  return [
    isMixed && "orchestrator_web/ holds another backend and was left as it is: move it away to get this one",
    isNode && created.length > 0 && NODE_HINT,
    ignored !== null && created.includes(".env") && !ignored.includes(".env") && ENV_HINT,
    lost.length > 0 && `git ignores ${lost.length} of the new files, such as ${visible(lost[0]!)}: see your .gitignore`,
  ].filter((hint) => hint !== false);
}

const NODE_HINT =
  "leave orchestrator_web/ out of your own checks: it has its own (tsconfig.json: exclude; test runner, linter, formatter)";
const ENV_HINT = "git does not ignore .env, which may come to hold secrets: add it to .gitignore";

/** How to go on. */
export function nextSteps(target: string, { port, stack }: Project): string[] {
  const folder = relative(process.cwd(), target);
  const enter = folder === "" ? "" : `cd ${shellWord(folder)} && `;
  return [
    "Next:",
    `  ${enter}cd orchestrator_web && bun run dev     # serves on http://localhost:${port}`,
    `  ${enter}${exampleRun(stack).command}     # an example workflow, in another terminal`,
  ];
}

/** As a shell takes it for one word; safe on a terminal. */
function shellWord(text: string): string {
  const shown = visible(text);
  if (shown !== text) return `$'${shown.replaceAll("'", "\\'")}'`;
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
