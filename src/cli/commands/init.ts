import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { ProjectConfig } from "#src/domain/project-config.ts";
import { DETECTION_FILES, detectStack } from "#src/scaffold/detect.ts";
import { nameFault, toPortableName } from "#src/scaffold/name.ts";
import { LANGUAGES, resolveStack, type Stack, StackError } from "#src/scaffold/stacks.ts";
import { type Cli, examples, note } from "#src/cli/cli.ts";
import { readProjectConfig } from "#src/cli/project-config.ts";
import { CommandError, usageError } from "#src/cli/exit.ts";
import { given } from "#src/cli/options.ts";
import { askChoice } from "#src/cli/prompts.ts";
import { orUsage, requireFolder } from "#src/cli/scaffolding/checks.ts";
import { type ScaffoldOptions, withScaffoldOptions } from "#src/cli/scaffolding/options.ts";
import { scaffold } from "#src/cli/scaffolding/scaffold.ts";
import { visible } from "#src/domain/visible.ts";

const LANGUAGE_NAMES = Object.keys(LANGUAGES);

type Options = ScaffoldOptions & { readonly name?: string };

/** `init`: an orchestrator for a repository that exists. */
export function addInit(program: Command, cli: Cli): void {
  withScaffoldOptions(program.command("init").description("put an orchestrator into an existing repository"))
    .option("--dir <folder>", "the repository", ".")
    .option("--name <name>", "name of the project; default the folder's")
    .addHelpText(
      "after",
      "\nLanguage, framework and package manager are taken from the repository's files where no flag says them.\n" +
        "No file that exists is changed.",
    )
    .addHelpText("after", examples("orchestrator init --dry-run", "orchestrator init --dir ../shop --port 9000 --yes"))
    .action((options: Options) => init(cli, options));
}

async function init(cli: Cli, options: Options): Promise<void> {
  const target = requireFolder(resolve(options.dir));
  const config = readOwnConfig(cli, target);
  const name = options.name ?? toPortableName(config.project?.name ?? basename(target));
  const fault = nameFault(name);
  if (fault !== null) throw usageError(fault);
  const stack = await chooseStack(cli, target, options, config);
  const port = options.port ?? config.orchestrator?.port ?? 8000;
  const webUiPort = options.webUiPort ?? config.orchestrator?.web_ui_port ?? 5173;
  const scripts = packageScripts(target);
  await scaffold(cli, target, { name, stack, port, webUiPort, ...(scripts === null ? {} : { scripts }) }, options);
}

/** What an earlier run wrote. Many tools have a `config.yml`: one that is not of this kind says nothing here. */
function readOwnConfig(cli: Cli, target: string): ProjectConfig {
  const file = join(target, "config.yml");
  if (!existsSync(file)) return ProjectConfig.parse({});
  try {
    const config = readProjectConfig(file);
    resolveStack({ ...stackOf(config), language: config.project?.language ?? "" });
    return config;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof StackError)) throw error;
    note(cli, "config.yml is none of ours: it is kept, and not read");
    return ProjectConfig.parse({});
  }
}

function stackOf({ project }: ProjectConfig) {
  return given({
    language: project?.language,
    framework: project?.framework,
    packageManager: project?.package_manager,
    architecture: project?.architecture,
  });
}

/** Flags win over what `config.yml` says, that over what the files tell. */
async function chooseStack(cli: Cli, target: string, options: Options, config: ProjectConfig): Promise<Stack> {
  const { choice: detected, because } = detectStack(readRootFiles(target));
  const { framework, packageManager, architecture } = options;
  const configured = stackOf(config);
  const told = options.language ?? configured.language ?? detected.language;
  const language = told ?? (await askChoice(cli, "Language (nothing here tells it)", "--language", LANGUAGE_NAMES));
  if (language === detected.language && options.json !== true) {
    for (const line of because) note(cli, cli.notePaint.dim(`found ${visible(line)}`));
  }
  // What holds for one language says nothing about another.
  const holding = [detected, configured].filter((choice) => choice.language === language);
  const flags = given({ framework, packageManager, architecture });
  return orUsage(() => resolveStack({ ...Object.assign({}, ...holding), ...flags, language }));
}

/** Files by which a stack is known; of one that is no file or cannot be read, only that it is there. */
function readRootFiles(target: string): ReadonlyMap<string, string> {
  const found = DETECTION_FILES.filter((name) => existsSync(join(target, name)));
  return new Map(found.map((name) => [name, readIfPossible(join(target, name))]));
}

/** The scripts of a `package.json`, which say what the commands of the project are; null where there are none to read. */
function packageScripts(target: string): Readonly<Record<string, string>> | null {
  const file = join(target, "package.json");
  if (!existsSync(file)) return null;
  try {
    const { scripts } = JSON.parse(readIfPossible(file)) as { scripts?: unknown };
    return typeof scripts === "object" && scripts !== null ? (scripts as Record<string, string>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readIfPossible(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (/^(EACCES|EISDIR)$/.test((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
