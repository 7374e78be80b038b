import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { ProjectConfig } from "#src/domain/project-config.ts";
import { DETECTION_FILES, detectStack } from "#src/scaffold/detect.ts";
import { nameFault, toPortableName } from "#src/scaffold/name.ts";
import { LANGUAGES, resolveStack, type Stack } from "#src/scaffold/stacks.ts";
import { type Cli, examples, note } from "#src/cli/cli.ts";
import { readProjectConfig } from "#src/cli/commands/config.ts";
import { usageError } from "#src/cli/exit.ts";
import { given } from "#src/cli/options.ts";
import { askChoice } from "#src/cli/prompts.ts";
import { orUsage, requireFolder, scaffold, type ScaffoldOptions, withScaffoldOptions } from "#src/cli/scaffolding.ts";
import { visible } from "#src/cli/visible.ts";

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
  const target = resolve(options.dir);
  requireFolder(target);
  const config = existsSync(join(target, "config.yml"))
    ? readProjectConfig(join(target, "config.yml"))
    : ProjectConfig.parse({});
  const name = options.name ?? config.project?.name ?? toPortableName(basename(target));
  const fault = nameFault(name);
  if (fault !== null) throw usageError(fault);
  const stack = await chooseStack(cli, target, options, config);
  const port = options.port ?? config.orchestrator?.port ?? 8000;
  const webUiPort = options.webUiPort ?? config.orchestrator?.web_ui_port ?? 5173;
  await scaffold(cli, target, { name, stack, port, webUiPort }, options);
}

/** Flags win over what `config.yml` says, that over what the files tell. */
async function chooseStack(cli: Cli, target: string, options: Options, { project }: ProjectConfig): Promise<Stack> {
  const { choice: detected, because } = detectStack(readRootFiles(target));
  const { framework, packageManager, architecture } = options;
  const configured = given({
    language: project?.language,
    framework: project?.framework,
    packageManager: project?.package_manager,
    architecture: project?.architecture,
  });
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

function readRootFiles(target: string): ReadonlyMap<string, string> {
  const found = DETECTION_FILES.filter((name) => existsSync(join(target, name)));
  return new Map(found.map((name) => [name, readFileSync(join(target, name), "utf8")]));
}
