import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { readConfig } from "#src/platform/config.ts";
import { commandsOf } from "#src/scaffold/commands-of-stack.ts";
import { pathsOf } from "#src/scaffold/paths-of-stack.ts";
import { type Project, projectFiles } from "#src/scaffold/project-files.ts";
import { ARCHITECTURES, LANGUAGES, type Language, type PackageManager } from "#src/scaffold/stacks.ts";
import { project, readTemplate, TEMPLATES } from "./templates.ts";

const NAMES = Object.keys(LANGUAGES) as Language[];
const ROOT = join(import.meta.dir, "../..");

function textsOf(written: Project): Record<string, string> {
  return Object.fromEntries(projectFiles(written, readTemplate).map(({ path, text }) => [path, text]));
}

const SHELL = ["example-workflow.sh 755", "orchestrator-client.sh 755"];
const CLIENTS: Readonly<Record<Language, readonly string[]>> = {
  python: ["example_workflow.py", "orchestrator_client.py"],
  typescript: ["example-workflow.ts", "orchestrator-client.ts", "package.json"],
  javascript: ["example-workflow.mjs", "orchestrator-client.mjs"],
  go: SHELL,
  rust: SHELL,
  java: SHELL,
};

const { scripts: SCRIPTS } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };

const NODE = ["`exclude` in tsconfig.json", "Vitest", "Jest", "ESLint", ".prettierignore"];
/** Where a README says that `orchestrator_web/` is to be left out. */
const EXCLUDES: Readonly<Record<Language, readonly string[]>> = {
  python: ["[tool.ruff]", "[tool.mypy]", "[tool.pytest.ini_options]"],
  typescript: NODE,
  javascript: NODE.slice(1),
  go: ["`ignore ./orchestrator_web` in go.mod"],
  rust: [".prettierignore"],
  java: [".prettierignore"],
};

describe.each(NAMES)("a project in %s", (language) => {
  const written = project({ language, architecture: "ddd" });
  const texts = textsOf(written);

  test("has its files, with the modes they need", () => {
    const listed = projectFiles(written, readTemplate).map(
      ({ path, mode }) => path + (mode === undefined ? "" : ` ${mode.toString(8)}`),
    );
    expect(listed.toSorted()).toEqual(
      [
        ".env 600",
        ".gitignore",
        "README.md",
        "config.yml",
        "orchestrator_web/.env 600",
        "orchestrator_web/README.md",
        ...CLIENTS[language].map((file) => `orchestrator_client/${file}`),
      ].toSorted(),
    );
  });

  test("has files without placeholders, in plain ASCII, with short lines and an end", () => {
    for (const [path, text] of Object.entries(texts)) {
      expect({ path, left: text.match(/.*\{\{.*/g) }).toEqual({ path, left: null });
      expect({ path, odd: text.match(/[^\x20-\x7E\n]/g) }).toEqual({ path, odd: null });
      expect({ path, long: text.split("\n").filter((line) => line.length > 120) }).toEqual({ path, long: [] });
      expect(text).toMatch(/[^\n]\n$/);
    }
  });

  test.each(ARCHITECTURES)("has a config.yml that says what it is made of, %s", (architecture) => {
    const framework = LANGUAGES[language].frameworks[0];
    const { stack } = project({ language, framework, architecture });
    expect(Bun.YAML.parse(textsOf(project(stack))["config.yml"]!)).toEqual({
      version: 1,
      project: {
        name: "my-project",
        language,
        framework,
        architecture,
        package_manager: LANGUAGES[language].packageManagers[0],
      },
      paths: pathsOf(stack),
      commands: commandsOf(stack),
      agentic: {
        token_optimization: {
          max_issue_body_length: 2000,
          max_file_reference_size: 5000,
          max_clarification_length: 1000,
          max_docs_planning: 2,
          max_summary_tokens_planning: 200,
          max_file_references: 3,
          max_screenshots: 3,
        },
      },
      orchestrator: { port: 8123, database_path: "orchestrator_web/data/orchestrator.db", web_ui_port: 5199 },
    });
  });

  test("has a README with commands that name its own files and port", () => {
    const readme = texts["README.md"]!;
    expect(readme).toStartWith("# my-project\n");
    expect(readme).toContain("cd orchestrator_web && bun run dev");
    const example = /^(?:bash|bun|python3|node) (orchestrator_client\/\S+)$/m.exec(readme)?.[1];
    expect(Object.keys(texts)).toContain(example!);
    expect([...readme.matchAll(/localhost:(\d+)/g)].map((match) => match[1])).not.toBeEmpty();
    for (const text of Object.values(texts)) {
      for (const [, port] of text.matchAll(/(?:localhost|127\.0\.0\.1):(\d+)/g))
        expect(["8123", "5199"]).toContain(port!);
    }
    expect(readme).toContain("http://localhost:8123/docs");
    expect(readme).toContain("cd orchestrator_web && bun run orchestrator status --watch");
    expect(readme).toContain("bun run orchestrator tail");
    for (const script of readme.matchAll(/bun run (\w+)/g)) expect(Object.keys(SCRIPTS)).toContain(script[1]!);
    const excluded = readme.slice(readme.indexOf("## Beside your own code"), readme.indexOf("## Next steps"));
    for (const where of EXCLUDES[language]) expect(excluded).toContain(where);
  });

  test("has a client that looks for the orchestrator at its port", () => {
    const [, client] = Object.entries(texts).find(([path]) => /\/orchestrator.client\.\w+$/.test(path))!;
    expect(client).toContain("http://127.0.0.1:8123");
  });

  test("keeps secrets, data and what is made out of git", () => {
    const lines = texts[".gitignore"]!.split("\n");
    for (const line of [".env", "node_modules/", "orchestrator_web/data/", "orchestrator_web/dist/"]) {
      expect(lines).toContain(line);
    }
    expect(lines).toContain(`# ${language}`);
    expect(lines).toContain(
      {
        python: "__pycache__/",
        typescript: "/.next/",
        javascript: "/.next/",
        go: "*.test",
        rust: "/target/",
        java: "*.class",
      }[language],
    );
  });
});

describe("settings", () => {
  const texts = textsOf(project({ language: "go" }));

  test("of the backend are what the server reads", () => {
    const set = parseEnv(texts["orchestrator_web/.env"]!) as Record<string, string>;
    expect(set).toEqual({ WEBSOCKET_PORT: "8123", WEB_UI_PORT: "5199" });
    expect(readConfig(set)).toEqual(readConfig({ PORT: "8123", WEB_UI_PORT: "5199" }));
  });

  test("of the backend list every variable of .env.sample, with the default where it is commented out", () => {
    const variables = (text: string) => text.match(/^#?[A-Z][A-Z_]+(?==)/gm)!.map((line) => line.replace("#", ""));
    const written = texts["orchestrator_web/.env"]!;
    expect(variables(written).toSorted()).toEqual(
      variables(readFileSync(join(ROOT, ".env.sample"), "utf8")).toSorted(),
    );
    const all = parseEnv(written.replaceAll(/^#(?=[A-Z])/gm, "")) as Record<string, string>;
    expect(readConfig(all)).toEqual(readConfig({ PORT: "8123", WEB_UI_PORT: "5199" }));
  });

  test("of the clients say where the backend is", () => {
    expect(parseEnv(texts[".env"]!)).toEqual({ ORCHESTRATOR_URL: "http://127.0.0.1:8123" });
    expect(texts[".env"]).toContain("\n#ORCHESTRATOR_TOKEN=\n");
  });
});

test.each(['a"b', "a'b: {c} # d", "on", "1.0", "null", "a\\b", "- a"])("YAML holds any name as it is: %s", (name) => {
  const config = textsOf(project({ language: "rust" }, { name }))["config.yml"]!;
  expect(Bun.YAML.parse(config)).toMatchObject({ project: { name, language: "rust" }, version: 1 });
});

test("Bun runs the example in TypeScript, and where Bun is the package manager", () => {
  const readme = (language: Language, packageManager: PackageManager) =>
    textsOf(project({ language, packageManager }))["README.md"];
  for (const packageManager of LANGUAGES.typescript.packageManagers) {
    expect(readme("typescript", packageManager)).toContain("\nbun orchestrator_client/example-workflow.ts\n");
    expect(readme("typescript", packageManager)).toContain("with Node alone, `npx -y bun@1.4.5`");
  }
  expect(readme("javascript", "bun")).toContain("\nbun orchestrator_client/example-workflow.mjs\n");
  expect(readme("javascript", "npm")).toContain("\nnode orchestrator_client/example-workflow.mjs\n");
});

test("config.yml has the commands of the scripts that there are", () => {
  const written = project(
    { language: "javascript", packageManager: "npm" },
    { scripts: { dev: "vite", lint: "oxlint" } },
  );
  expect(Bun.YAML.parse(textsOf(written)["config.yml"]!)).toMatchObject({
    commands: { start: "npm run dev", lint: "npm run lint" },
  });
  expect(textsOf(written)["config.yml"]).not.toContain("test:");
  const none = textsOf(project({ language: "javascript" }, { scripts: { deploy: "x" } }))["config.yml"]!;
  expect(Bun.YAML.parse(none)).toMatchObject({ commands: {}, orchestrator: { port: 8123 } });
});

test("every template is used", () => {
  const read = new Set<string>();
  for (const language of NAMES) {
    projectFiles(project({ language }), (path) => {
      read.add(path);
      return readTemplate(path);
    });
  }
  const files = readdirSync(TEMPLATES, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tmpl"));
  expect([...read].toSorted()).toEqual(files.toSorted());
});
