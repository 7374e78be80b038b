import { type Cli, note, print, printJson } from "#src/cli/cli.ts";
import { CommandError, EXIT } from "#src/cli/exit.ts";
import { confirm } from "#src/cli/prompts.ts";
import { visible } from "#src/domain/visible.ts";
import { Blocked, type Step } from "#src/scaffold/plan.ts";
import type { Project } from "#src/scaffold/project-files.ts";
import { applyPlan, planProject } from "#src/scaffold/scaffold.ts";
import { readSource, type Source } from "#src/scaffold/source.ts";
import type { ScaffoldOptions } from "./options.ts";
import { foldedLines, hintsOf, nextSteps, stepLine } from "./report.ts";

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
