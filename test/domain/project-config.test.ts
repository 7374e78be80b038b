import { describe, expect, test } from "bun:test";
import { YAML } from "bun";
import { ProjectConfig, tokenOptimizationOf } from "#src/domain/project-config.ts";
import { TokenOptimization } from "#src/domain/token-optimization.ts";

const DEFAULTS = TokenOptimization.parse({});

/** As TAC Bootstrap writes it, with sections that are its own. */
const TAC = `
version: 1
schema_version: 2
project:
  name: my-app
  mode: existing
  repo_root: .
  language: python
  framework: fastapi
  architecture: ddd
  package_manager: uv
paths:
  app_root: src
  adws_dir: adws
commands:
  start: uv run python -m app
  lint: ""
agentic:
  provider: claude_code
  cron_interval: 20
  model_policy: { default: sonnet, heavy: opus }
  worktrees: { enabled: true, max_parallel: 5 }
  token_optimization:
    max_issue_body_length: 500
    max_screenshots: 0
claude:
  settings: { project_name: my-app, allow_shell: true }
orchestrator:
  enabled: true
  port: 8000
  database_path: data/orchestrator.db
  web_ui_port: 5173
  polling_interval: 5000
`;

describe("a project's config.yml", () => {
  test("is read with everything else that it holds", () => {
    const yaml = YAML.parse(TAC);
    const config = ProjectConfig.parse(yaml);
    expect(config.project?.package_manager).toBe("uv");
    expect(config.commands?.["lint"]).toBe("");
    expect(config.orchestrator?.web_ui_port).toBe(5173);
    const limits = { ...DEFAULTS, max_issue_body_length: 500, max_screenshots: 0 };
    const { agentic, ...others } = yaml as { agentic: object };
    expect(config as unknown).toEqual({ ...others, agentic: { ...agentic, token_optimization: limits } });
    expect(tokenOptimizationOf(config)).toEqual(limits);
  });

  test.each([
    ["nothing", ""],
    ["other sections", "version: 2\ntemplates: { plan: a.md }"],
    ["a section without limits", "agentic:\n  provider: claude_code"],
    ["sections whose lines are comments", "project:\n  # name: a\npaths:\ncommands:\nagentic:\norchestrator:"],
    ["limits that are comments", "agentic:\n  token_optimization:\n    # max_screenshots: 1"],
    ["empty limits", "agentic: { token_optimization: {} }"],
  ])("with %s has the usual limits", (_what, yaml) => {
    expect(tokenOptimizationOf(ProjectConfig.parse(YAML.parse(yaml) ?? {}))).toEqual(DEFAULTS);
  });

  test.each([
    ["a list", "- project", ""],
    ["a text for a section", "project: my-app", "project"],
    ["a list for a section", "paths: [src]", "paths"],
    ["a number for a name", "project: { name: 1 }", "project.name"],
    ["a list for a framework", "project: { framework: [a] }", "project.framework"],
    ["a path that is none", "paths: { app_root: 1 }", "paths.app_root"],
    ["a command that is none", "commands: { test: true }", "commands.test"],
    ["a list for the agents", "agentic: []", "agentic"],
    ["a number for the limits", "agentic: { token_optimization: 5 }", "agentic.token_optimization"],
    [
      "a text for a limit",
      "agentic: { token_optimization: { max_screenshots: many } }",
      "agentic.token_optimization.max_screenshots",
    ],
    [
      "a limit below 0",
      "agentic: { token_optimization: { max_screenshots: -1 } }",
      "agentic.token_optimization.max_screenshots",
    ],
    [
      "an empty limit",
      "agentic:\n  token_optimization:\n    max_screenshots:",
      "agentic.token_optimization.max_screenshots",
    ],
    ["a misspelt limit", "agentic: { token_optimization: { max_screenshot: 1 } }", "agentic.token_optimization"],
    ["port 0", "orchestrator: { port: 0 }", "orchestrator.port"],
    ["a port that is too high", "orchestrator: { port: 65536 }", "orchestrator.port"],
    ["a text for a port", 'orchestrator: { port: "8000" }', "orchestrator.port"],
    ["half a port", "orchestrator: { web_ui_port: 1.5 }", "orchestrator.web_ui_port"],
    ["a number for the database", "orchestrator: { database_path: 1 }", "orchestrator.database_path"],
  ])("with %s is refused", (_what, yaml, path) => {
    const { error } = ProjectConfig.safeParse(YAML.parse(yaml));
    expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });

  test.each([1, 65_535])("port %p is one", (port) => {
    expect(ProjectConfig.parse({ orchestrator: { port, web_ui_port: port } }).orchestrator?.port).toBe(port);
  });
});
