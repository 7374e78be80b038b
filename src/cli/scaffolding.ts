import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { relative } from "node:path";
import { type Command, Option } from "commander";
import { ARCHITECTURES, LANGUAGES, StackError } from "#src/scaffold/stacks.ts";
import { Blocked, isKept, type Step } from "#src/scaffold/plan.ts";
import { applyPlan, planProject } from "#src/scaffold/scaffold.ts";
import { type Project } from "#src/scaffold/project-files.ts";
import { exampleRun } from "#src/scaffold/client-files.ts";
import { readSource, type Source } from "#src/scaffold/source.ts";
import { type Cli, note, print, printJson } from "./cli.ts";
import { CommandError, EXIT, usageError } from "./exit.ts";
import { portNumber } from "./options.ts";
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
  const offers = Object.values(LANGUAGES);
  const every = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())];
  return command
    .addOption(new Option("--language <language>", "of the project").choices(Object.keys(LANGUAGES)))
    .addOption(
      new Option("--framework <framework>", "default none").choices(every(offers.map(({ frameworks }) => frameworks))),
    )
    .addOption(
      new Option("--package-manager <name>", "default the usual one of the language").choices(
        every(offers.map(({ packageManagers }) => packageManagers)),
      ),
    )
    .addOption(new Option("--architecture <name>", "default simple").choices(ARCHITECTURES))
    .option("--port <port>", "where the project's orchestrator listens; default 8000", portNumber)
    .option("--web-ui-port <port>", "port of a front end under development; default 5173", portNumber)
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
  const isTold = options.json !== true;
  if (isDry && isTold) print(cli, steps.map(stepLine));
  if (!isDry) {
    const isAsked = isTold && created > 0 && options.yes !== true && cli.terminal.isInteractive;
    // Before it is done only to who is asked: what is printed is otherwise what has been done.
    if (isAsked) {
      print(cli, foldedLines(steps));
      await confirm(cli, `Write ${created} files to ${visible(target)}?`);
    }
    if (created > 0) await written(target, () => applyPlan(target, steps, prepare));
    if (!isAsked && isTold) print(cli, foldedLines(steps));
  }
  if (options.json === true) {
    const files = steps.map(({ path, action, reason }) => ({ path, action, reason }));
    printJson(cli, { target, dry_run: isDry, files });
    return;
  }
  for (const hint of hintsOf(cli, target, project, steps)) note(cli, hint);
  note(cli, `${created} ${isDry ? "to create" : "created"}, ${steps.length - created} kept`);
  if (!isDry && created > 0) print(cli, ["", ...nextSteps(target, project)]);
}

function planned(target: string, project: Project, source: Source): Step[] {
  try {
    return planProject(target, project, source);
  } catch (error) {
    if (error instanceof Blocked) throw new CommandError(error.message, EXIT.conflict);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandError(`${target} cannot be looked through: ${message}`);
  }
}

async function written(target: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Without the paths of the files that were written aside.
    const reason = message.replace(/, \w+ '.*$/s, "");
    if (code === "EEXIST" || code === "ENOTEMPTY") {
      throw new CommandError(
        `something came to stand in ${target} meanwhile, nothing was written: ${message}`,
        EXIT.conflict,
      );
    }
    if (code === undefined) throw error;
    throw new CommandError(`${target} cannot be written, and nothing was: ${reason}`);
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

/** The folder itself, where `dir` may be a link to it. */
export function requireFolder(dir: string): string {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return realpathSync(dir);
  throw new CommandError(`there is no folder ${dir}`, EXIT.notFound);
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
    const isNamed = inside.length === 1 || (isKept(first!) && inside.length <= MOST_NAMED);
    if (isNamed) return inside.map(stepLine);
    return [stepLine({ ...first!, path: `${first!.path.split("/", 1)[0]}/  (${inside.length} files)` })];
  });
}

/** What the user should know, and only the user can do. */
function hintsOf(cli: Cli, target: string, { stack }: Project, steps: readonly Step[]): string[] {
  const created = steps.filter(({ action }) => action === "CREATE").map(({ path }) => path);
  const isMixed = steps.some(({ reason }) => reason.startsWith("left out"));
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

/** Which of the files, that need not be there yet, git ignores; null where there is no repository or no git. */
function ignoredByGit(cli: Cli, target: string, paths: readonly string[]): string[] | null {
  const git = gitIn(cli, target, ["check-ignore", "--stdin", "-z"], paths.join("\0"));
  // 1 says that none is.
  return git === null || git.exitCode > 1 ? null : git.stdout.split("\0").filter((path) => path !== "");
}

export type GitRun = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs git in a folder, and for that folder whatever the variables say; null where there is no git. */
export function gitIn(cli: Cli, folder: string, args: readonly string[], input = ""): GitRun | null {
  const env = Object.fromEntries(Object.entries(cli.environment()).filter(([name]) => !name.startsWith("GIT_")));
  const git = Bun.which("git", { PATH: env["PATH"] ?? "" });
  if (git === null) return null;
  const { exitCode, stdout, stderr } = Bun.spawnSync([git, "-C", folder, ...args], { env, stdin: Buffer.from(input) });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString().trim() };
}

function nextSteps(target: string, { port, stack }: Project): string[] {
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
