import { clientFiles, exampleRun } from "./client-files.ts";
import { commandsOf } from "./commands-of-stack.ts";
import { ignoreLines } from "./ignore-lines.ts";
import { pathsOf } from "./paths-of-stack.ts";
import type { ProjectFile, ReadTemplate } from "./project-file.ts";
import { render } from "./render.ts";
import type { Stack } from "./stacks.ts";
import { yamlBlock, yamlText } from "./yaml.ts";

/** A project to be written. */
export type Project = {
  readonly name: string;
  readonly stack: Stack;
  /** Where its orchestrator listens. */
  readonly port: number;
  /** Where a front end under development is served. */
  readonly webUiPort: number;
};

/** Holds settings of one machine, and may come to hold secrets. */
const OWNER_ONLY = 0o600;

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
        commands: yamlBlock(commandsOf(stack)),
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
