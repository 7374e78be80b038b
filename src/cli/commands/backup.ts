import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { type Cli, examples, print, printJson } from "#src/cli/cli.ts";
import { copyDocument, copyFacts, copyFault, showCopying } from "#src/cli/copying.ts";
import { databaseFile, type FileOptions } from "#src/cli/database-file.ts";
import { CommandError, endedBy, EXIT } from "#src/cli/exit.ts";
import { visible } from "#src/domain/visible.ts";
import { backUpApart } from "#src/database/apart.ts";
import { type Copied, stampOf } from "#src/database/copies.ts";
import { journalOf } from "#src/database/journals.ts";
import { partialName, removePartial } from "#src/database/partial.ts";

type Options = FileOptions & { readonly force?: true; readonly json?: true };

/** `backup`: a copy of the database, whoever writes to it meanwhile. */
export function addBackup(program: Command, cli: Cli): void {
  program
    .command("backup")
    .description("copy the database, also while it is written to, and check the copy")
    .argument("[file]", "where to; without, beside the database with the time in its name")
    .option("--force", "replace the file if there is one")
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--database <file>", "in place of DATABASE_PATH, and of that of the project here")
    .option("--json", "print what was made as JSON")
    .addHelpText(
      "after",
      "\nThe copy holds what was committed at one moment: rows, feed and tokens. It is compared with the database table" +
        "\nby table as it was then, and has its name only when it is whole. It is for the eyes of its owner (mode 0600)." +
        "\nA server can do this by itself: BACKUP_DIR, BACKUP_EVERY_HOURS, BACKUP_KEEP. Back comes one by `restore`.",
    )
    .addHelpText("after", examples("orchestrator backup", "orchestrator backup /mnt/backups/agents.db --force"))
    .action((file: string | undefined, options: Options) => backup(cli, file, options));
}

async function backup(cli: Cli, file: string | undefined, options: Options): Promise<void> {
  const path = databaseFile(cli, options);
  if (!existsSync(path)) throw new CommandError(`there is no database at ${path}`, EXIT.notFound);
  const target = resolve(file ?? `${path}.backup-${stampOf(cli.now())}`);
  const mayReplace = options.force === true;
  refuseTarget(target, path, mayReplace);
  const copied = await copyTo(cli, resolve(path), target, options);
  if (options.json === true) return printJson(cli, { file: target, ...copyDocument(copied) });
  print(cli, `${visible(target)}: ${copyFacts(copied)}; checked`);
}

async function copyTo(cli: Cli, path: string, target: string, { force, json }: Options): Promise<Copied> {
  const interrupted = cli.interrupted();
  let partial: string | undefined;
  try {
    partial = partialName(path, dirname(target));
    using screen = showCopying(cli, partial, json !== true);
    const order = { path, partial, target, mayReplace: force === true };
    const copied = await backUpApart(order, screen.onStep, interrupted);
    if (copied === null) throw endedBy(interrupted);
    if (copied === "taken") throw taken(target);
    return copied;
  } catch (error) {
    throw copyFault(error);
  } finally {
    if (partial !== undefined) removePartial(partial);
  }
}

function refuseTarget(target: string, path: string, mayReplace: boolean): void {
  const folder = statSync(dirname(target), { throwIfNoEntry: false });
  if (folder?.isDirectory() !== true) throw new CommandError(`there is no folder ${dirname(target)}`, EXIT.notFound);
  const found = statSync(target, { throwIfNoEntry: false });
  const journal = journalOf(target);
  if (found === undefined) {
    if (journal === null) return;
    throw new CommandError(
      `${journal} is there, and would be applied to the copy: move it away, or name another file`,
      EXIT.conflict,
    );
  }
  if (found.isDirectory()) throw new CommandError(`${target} is a folder: name a file in it`, EXIT.conflict);
  if (!mayReplace) throw taken(target);
  const isDatabase = realpathSync(target) === realpathSync(path);
  // It has a log of its own, which would be applied to what came in its place.
  if (isDatabase || journal !== null || !found.isFile()) {
    throw new CommandError(
      `${target} is ${isDatabase ? "the database itself" : "in use"}: name another file`,
      EXIT.conflict,
    );
  }
}

function taken(target: string): CommandError {
  return new CommandError(`${target} is there already: name another file, or add --force to replace it`, EXIT.conflict);
}
