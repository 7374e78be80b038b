import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { StackError } from "#src/scaffold/stacks.ts";
import { Blocked, type Step } from "#src/scaffold/plan.ts";
import { applyPlan, planProject } from "#src/scaffold/scaffold.ts";
import { type Project } from "#src/scaffold/project-files.ts";
import { exampleRun } from "#src/scaffold/client-files.ts";
import { readSource } from "#src/scaffold/source.ts";
import { type Cli, note, print, printJson } from "./cli.ts";
import { CommandError, EXIT, usageError } from "./exit.ts";
import { wholeNumber } from "./options.ts";
import { confirm } from "./prompts.ts";
import { visible } from "./visible.ts";

export type ScaffoldOptions = {
  readonly language?: string;
  readonly framework?: string;
  readonly packageManager?: string;
  readonly architecture?: string;
  readonly port?: number;
  readonly webUiPort?: number;
  readonly dir: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
};

/** Adds the options that `new` and `init` share. */
export function withScaffoldOptions(command: Command): Command {
  const port = (text: string) => {
    const value = wholeNumber(1)(text);
    if (value > 65_535) throw usageError("a port is a number from 1 to 65535");
    return value;
  };
  return command
    .option("--language <language>", "python, typescript, javascript, go, rust or java")
    .option(
      "--framework <framework>",
      "fastapi, django, flask, nextjs, express, nestjs, hono, react, vue, gin, echo, axum, actix, spring or none",
    )
    .option("--package-manager <name>", "uv, poetry, pip, pipenv, pnpm, npm, yarn, bun, go, cargo, maven or gradle")
    .option("--architecture <name>", "simple, layered, ddd, clean or hexagonal")
    .option("--port <port>", "where the project's orchestrator listens; default 8000", port)
    .option("--web-ui-port <port>", "port of a front end under development; default 5173", port)
    .option("--dry-run", "show what would be written, and write nothing")
    .option("--yes", "do not ask")
    .option("--json", "print the plan as JSON");
}

/** Plans and, unless told otherwise, writes. `prepare` is called on what is written, before it is moved to its place. */
export async function scaffold(
  cli: Cli,
  target: string,
  project: Project,
  options: ScaffoldOptions,
  prepare: (folder: string) => void = () => {},
): Promise<void> {
  const steps = planned(target, project, await readSource());
  const created = steps.filter(({ action }) => action === "CREATE").length;
  const isDry = options.dryRun === true;
  if (options.json !== true) print(cli, isDry ? steps.map(stepLine) : foldedLines(steps));
  if (!isDry && created > 0) {
    if (options.yes !== true) await confirm(cli, `Write ${created} files to ${visible(shown(target))}?`);
    await written(target, () => applyPlan(target, steps, prepare));
  }
  if (options.json === true) {
    const files = steps.map(({ path, action, reason }) => ({ path, action, reason }));
    printJson(cli, { target, dry_run: isDry, files });
    return;
  }
  const unignored = unignoredEnv(target, steps);
  if (unignored) note(cli, "your .gitignore does not name .env, which may come to hold secrets: add it");
  note(cli, `${created} ${isDry ? "to create" : "created"}, ${steps.length - created} kept`);
  if (!isDry && created > 0) print(cli, ["", ...nextSteps(target, project)]);
}

/** Whether `.env` is made beside a `.gitignore` of the user's that lets it be committed. */
function unignoredEnv(target: string, steps: readonly Step[]): boolean {
  const actionOf = (path: string) => steps.find((step) => step.path === path)?.action;
  if (actionOf(".env") !== "CREATE" || actionOf(".gitignore") !== "SKIP") return false;
  return !/^\/?\.env\s*$/m.test(readFileSync(join(target, ".gitignore"), "utf8"));
}

function planned(...plan: Parameters<typeof planProject>): Step[] {
  try {
    return planProject(...plan);
  } catch (error) {
    if (error instanceof Blocked) throw new CommandError(error.message, EXIT.conflict);
    throw error;
  }
}

async function written(target: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTEMPTY") {
      throw new CommandError(
        `something came to stand in ${target} meanwhile, nothing was written: ${message}`,
        EXIT.conflict,
      );
    }
    if (code === undefined) throw error;
    throw new CommandError(`${target} cannot be written, and nothing was: ${message}`);
  }
}

/** A stack error is a matter of usage. */
export function orUsage<Value>(resolve: () => Value): Value {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof StackError) throw usageError(error.message);
    throw error;
  }
}

/** Fails unless `dir` is a folder. */
export function requireFolder(dir: string): void {
  const stats = lstatSync(join(dir, "."), { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) throw new CommandError(`there is no folder ${dir}`, EXIT.notFound);
}

/** Fails when something stands at `target` that is no empty folder. */
export function requireFree(target: string): void {
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new CommandError(`${target} exists and is no folder`, EXIT.conflict);
  if (readdirSync(target).length === 0) return;
  throw new CommandError(
    `${target} is not empty: take another name, or run \`orchestrator init\` in it`,
    EXIT.conflict,
  );
}

function stepLine({ action, path, reason }: Step): string {
  return `${action === "SKIP" ? "SKIP  " : action} ${visible(path)}${action === "SKIP" ? `  (${reason})` : ""}`;
}

/** So many files of a folder that are kept are named one by one. */
const MOST_NAMED = 10;

/** What happens in a folder takes a line for each thing that happens there, not for each file. */
function foldedLines(steps: readonly Step[]): string[] {
  const groups = Map.groupBy(steps, ({ path, action, reason }) => {
    const place = path.includes("/") ? `${path.split("/", 1)[0]}/` : path;
    return [place, action, reason].join("\0");
  });
  return [...groups.values()].flatMap((inside) => {
    const [first] = inside;
    const isNamed = inside.length === 1 || (first!.reason.startsWith("kept") && inside.length <= MOST_NAMED);
    if (isNamed) return inside.map(stepLine);
    return [stepLine({ ...first!, path: `${first!.path.split("/", 1)[0]}/  (${inside.length} files)` })];
  });
}

function nextSteps(target: string, { port, stack }: Project): string[] {
  const folder = shown(target);
  const enter = folder === "." ? "" : `cd ${folder} && `;
  return [
    "Next:",
    `  ${enter}cd orchestrator_web && bun run dev     # serves on http://localhost:${port}`,
    `  ${enter}${exampleRun(stack).command}     # an example workflow, in another terminal`,
  ];
}

function shown(target: string): string {
  return relative(process.cwd(), target) || ".";
}
