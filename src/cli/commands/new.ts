import { join, resolve } from "node:path";
import type { Command } from "commander";
import { nameFault } from "#src/scaffold/name.ts";
import { ARCHITECTURES, LANGUAGES, resolveStack, type Stack, type StackChoice } from "#src/scaffold/stacks.ts";
import { type Cli, examples, note } from "#src/cli/cli.ts";
import { usageError } from "#src/cli/exit.ts";
import { askChoice, askText } from "#src/cli/prompts.ts";
import { visible } from "#src/domain/visible.ts";
import { orUsage, requireFolder, requireFree } from "#src/cli/scaffolding/checks.ts";
import { gitIn } from "#src/cli/scaffolding/git.ts";
import { type ScaffoldOptions, withScaffoldOptions } from "#src/cli/scaffolding/options.ts";
import { scaffold } from "#src/cli/scaffolding/scaffold.ts";

type Options = ScaffoldOptions & { readonly git: boolean };

/** `new`: a project of its own folder, with an orchestrator in it. */
export function addNew(program: Command, cli: Cli): void {
  withScaffoldOptions(
    program.command("new").description("make a project with an orchestrator in it").argument("[name]"),
  )
    .option("--dir <folder>", "where to make its folder", ".")
    .option("--no-git", "make no git repository")
    .addHelpText(
      "after",
      examples(
        "orchestrator new my-project --language python --framework fastapi",
        "orchestrator new shop --language typescript --framework hono --package-manager bun --architecture ddd --yes",
        "orchestrator new my-project --language go --dry-run",
      ),
    )
    .action((name: string | undefined, options: Options) => create(cli, name, options));
}

async function create(cli: Cli, given: string | undefined, options: Options): Promise<void> {
  const name = given ?? (await askText(cli, "Name of the project", "the NAME argument", nameFault, "my-project"));
  const fault = nameFault(name);
  if (fault !== null) throw usageError(fault);
  const stack = await chooseStack(cli, options);
  const dir = requireFolder(resolve(options.dir));
  const target = join(dir, name);
  requireFree(target);
  const project = { name, stack, port: options.port ?? 8000, webUiPort: options.webUiPort ?? 5173 };
  await scaffold(cli, target, project, options, (folder) => {
    if (options.git) initGit(cli, dir, folder);
  });
}

/** What the flags say; on a terminal, what they leave open is asked for. */
async function chooseStack(cli: Cli, options: Options): Promise<Stack> {
  const isAsking = cli.terminal.isInteractive && options.yes !== true;
  const language = options.language ?? (await askChoice(cli, "Language", "--language", Object.keys(LANGUAGES)));
  const choice: StackChoice = { ...options, language };
  const stack = orUsage(() => resolveStack(choice));
  if (!isAsking) return stack;
  const { frameworks, packageManagers } = LANGUAGES[stack.language];
  const ask = async (
    message: string,
    flag: string,
    given: string | undefined,
    choices: readonly string[],
    usual: string,
  ) => given ?? (choices.length === 1 ? usual : await askChoice(cli, message, flag, choices, usual));
  const asked = {
    language,
    framework: await ask("Framework", "--framework", options.framework, frameworks, stack.framework),
    packageManager: await ask(
      "Package manager",
      "--package-manager",
      options.packageManager,
      packageManagers,
      stack.packageManager,
    ),
    architecture: await ask("Architecture", "--architecture", options.architecture, ARCHITECTURES, stack.architecture),
  };
  return orUsage(() => resolveStack(asked));
}

/** A project inside of a repository belongs to that: a repository in a repository cannot be added to it. */
function initGit(cli: Cli, dir: string, folder: string): void {
  if (gitIn(cli, dir, ["rev-parse", "--is-inside-work-tree"])?.stdout.trim() === "true") {
    note(cli, "no git repository was made: the project stands inside of one");
    return;
  }
  const made = gitIn(cli, folder, ["init", "--quiet"]);
  if (made?.exitCode === 0) return;
  note(cli, `no git repository was made: ${made === null ? "git is not installed" : visible(made.stderr)}`);
}
