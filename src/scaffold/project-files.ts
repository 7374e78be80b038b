import { clientFiles, exampleRun } from "./client-files.ts";
import { commandsOf, type Scripts } from "./commands-of-stack.ts";
import { ignoreLines } from "./ignore-lines.ts";
import { pathsOf } from "./paths-of-stack.ts";
import type { ProjectFile, ReadTemplate } from "./project-file.ts";
import { render } from "./render.ts";
import type { Language, Stack } from "./stacks.ts";
import { yamlBlock, yamlText } from "./yaml.ts";

/** A project to be written. */
export type Project = {
  readonly name: string;
  readonly stack: Stack;
  /** Where its orchestrator listens. */
  readonly port: number;
  /** Where a front end under development is served. */
  readonly webUiPort: number;
  /** Of the package.json that stands there already. */
  readonly scripts?: Scripts | undefined;
};

/** Holds settings of one machine, and may come to hold secrets. */
const OWNER_ONLY = 0o600;

const NODE = "Vitest's `exclude`, Jest's `testPathIgnorePatterns`, ESLint's `ignores`, .prettierignore";
const ALL_FILES = "what goes through all files, such as Prettier by .prettierignore";

/** Where a project's own checks are told to leave a folder out. */
const EXCLUDED_IN: Readonly<Record<Language, string>> = {
  python: "`extend-exclude` in [tool.ruff], `exclude` in [tool.mypy], and `norecursedirs` in [tool.pytest.ini_options]",
  typescript: `\`exclude\` in tsconfig.json, ${NODE}`,
  javascript: NODE,
  go: "`ignore ./orchestrator_web` in go.mod (Go 1.25), and " + ALL_FILES,
  rust: ALL_FILES,
  java: ALL_FILES,
};

/** All files of a project but the source of its backend. */
export function projectFiles(project: Project, readTemplate: ReadTemplate): ProjectFile[] {
  const { name, stack } = project;
  const port = String(project.port);
  const web_ui_port = String(project.webUiPort);
  const example = exampleRun(stack);
  const fill = (template: string, values: Readonly<Record<string, string>>) => render(readTemplate(template), values);
  return [
    {
      path: "config.yml",
      text: fill("config.yml.tmpl", {
        project_name: yamlText(name),
        language: yamlText(stack.language),
        framework: yamlText(stack.framework),
        architecture: yamlText(stack.architecture),
        package_manager: yamlText(stack.packageManager),
        paths: yamlBlock(pathsOf(stack)),
        commands: yamlBlock(commandsOf(stack, project.scripts)) || "  {}",
        port,
        web_ui_port,
      }),
    },
    {
      path: "README.md",
      text: fill("README.md.tmpl", {
        project_name: name,
        port,
        run_example: example.command,
        example_needs: example.needs,
        excluded_in: EXCLUDED_IN[stack.language],
      }),
    },
    {
      path: ".gitignore",
      text: fill("gitignore.tmpl", {
        language: stack.language,
        language_lines: ignoreLines(stack.language).join("\n"),
      }),
    },
    { path: ".env", text: fill("env.tmpl", { port }), mode: OWNER_ONLY },
    {
      path: "orchestrator_web/README.md",
      text: fill("orchestrator_web-README.md.tmpl", { project_name: name, port }),
    },
    { path: "orchestrator_web/.env", text: fill("orchestrator_web-env.tmpl", { port, web_ui_port }), mode: OWNER_ONLY },
    ...clientFiles(stack, port, readTemplate),
  ];
}
