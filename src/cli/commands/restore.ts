import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { type Cli, examples, print, printJson } from "#src/cli/cli.ts";
import { copyDocument, copyFacts, copyFault, showCopying } from "#src/cli/copying.ts";
import { databaseFile, type FileOptions } from "#src/cli/database-file.ts";
import { CommandError, endedBy, EXIT } from "#src/cli/exit.ts";
import { visible } from "#src/domain/visible.ts";
import { replaceApart } from "#src/database/apart.ts";
import type { Restored } from "#src/database/copies.ts";
import { partialName, removePartial } from "#src/database/partial.ts";
import { realPath } from "#src/database/real-path.ts";

type Options = FileOptions & { readonly json?: true };

/** `restore`: a backup in place of the database. */
export function addRestore(program: Command, cli: Cli): void {
  program
    .command("restore")
    .description("put a copy of a backup in place of the database, and keep what was there")
    .argument("<file>", "a backup, which stays as it is")
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--database <file>", "in place of DATABASE_PATH, and of that of the project here")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      "\nStop the server first: while any program has the database open, nothing is done. The backup is checked before." +
        "\nThe old database stays beside the new one (`.replaced-` and the time), also when it is damaged. The feed begins a" +
        "\nnew history: clients that followed the old one are told. Tokens are those of the backup, also revoked ones.",
    )
    .addHelpText("after", examples("orchestrator restore data/orchestrator.db.backup-20260205T103000Z"))
    .action((file: string, options: Options) => restore(cli, file, options));
}

async function restore(cli: Cli, file: string, options: Options): Promise<void> {
  const path = resolve(databaseFile(cli, options));
  if (!existsSync(file)) throw new CommandError(`there is no file ${file}`, EXIT.notFound);
  const restored = await replaceWith(cli, resolve(file), path, options.json !== true);
  const { replaced, lost, feed } = restored;
  if (options.json === true) {
    return printJson(cli, { database: path, from: resolve(file), replaced, lost, feed, ...copyDocument(restored) });
  }
  const left = lost === null ? "" : `, but for what was left of one: that is ${visible(lost)} now`;
  const old = replaced === null ? `there was none before${left}` : `the one before is ${visible(replaced)}`;
  print(cli, [`${visible(path)} is restored: ${copyFacts(restored)}`, `${old}; start the server when you like`]);
}

async function replaceWith(cli: Cli, from: string, path: string, isShown: boolean): Promise<Restored> {
  const interrupted = cli.interrupted();
  let partial: string | undefined;
  try {
    partial = partialName(path, folderOf(path));
    using screen = showCopying(cli, partial, isShown);
    const restored = await replaceApart(from, path, partial, screen.onStep, interrupted);
    if (restored === null) throw endedBy(interrupted);
    return restored;
  } catch (error) {
    throw copyFault(error);
  } finally {
    if (partial !== undefined) removePartial(partial);
  }
}

/** Where the file itself lies, whatever links lead to it: a copy is moved there from beside it. */
function folderOf(path: string): string {
  if (!existsSync(path)) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return existsSync(path) ? dirname(realPath(path)) : dirname(path);
}
