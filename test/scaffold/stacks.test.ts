import { describe, expect, test } from "bun:test";
import { commandsOf } from "#src/scaffold/commands-of-stack.ts";
import { pathsOf } from "#src/scaffold/paths-of-stack.ts";
import { resolveStack, type Stack, type StackChoice, StackError } from "#src/scaffold/stacks.ts";
import { thrownBy } from "#test/support/thrown-by.ts";

const NODE = "nextjs express nestjs hono react vue none";
const OFFERED: Readonly<Record<string, readonly [frameworks: string, packageManagers: string]>> = {
  python: ["fastapi django flask none", "uv poetry pip pipenv"],
  typescript: [NODE, "pnpm npm yarn bun"],
  javascript: [NODE, "pnpm npm yarn bun"],
  go: ["gin echo none", "go"],
  rust: ["axum actix none", "cargo"],
  java: ["spring none", "maven gradle"],
};
const ARCHITECTURES = ["simple", "layered", "ddd", "clean", "hexagonal"];

const wordsOf = (at: 0 | 1) => [...new Set(Object.values(OFFERED).flatMap((each) => each[at].split(" ")))];

/** Every language with every framework and every package manager that there is. */
const MATRIX: readonly Required<Omit<StackChoice, "architecture">>[] = Object.keys(OFFERED).flatMap((language) =>
  wordsOf(0).flatMap((framework) => wordsOf(1).map((packageManager) => ({ language, framework, packageManager }))),
);

const POSSIBLE = MATRIX.filter(({ language, framework, packageManager }) => {
  const [frameworks, packageManagers] = OFFERED[language]!;
  return frameworks.split(" ").includes(framework!) && packageManagers.split(" ").includes(packageManager!);
});

test("the matrix holds what can be and what cannot", () => {
  expect(POSSIBLE).toHaveLength(4 * 4 + 2 * 7 * 4 + 3 + 3 + 2 * 2);
  expect(MATRIX).toHaveLength(6 * 15 * 12);
});

describe("every combination that can be has its commands and its paths", () => {
  test.each(Object.keys(OFFERED))("%s", (language) => {
    for (const choice of POSSIBLE.filter((each) => each.language === language)) {
      for (const architecture of ARCHITECTURES) {
        const stack = resolveStack({ ...choice, architecture });
        expect(stack).toEqual({ ...choice, architecture } as Stack);
        expectCommands(stack);
        expectPaths(stack);
      }
    }
  });
});

/** What begins a command of each package manager. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  uv: /^uv (run |build$)/,
  poetry: /^poetry (run |build$)/,
  pip: /^python /,
  pipenv: /^pipenv run /,
  pnpm: /^pnpm /,
  npm: /^(npm run|npx) /,
  yarn: /^yarn /,
  bun: /^(bun run|bunx) /,
  go: /^(go|gofmt) /,
  cargo: /^cargo /,
  maven: /^(\.\/mvnw|mvn) /,
  gradle: /^\.\/gradlew /,
};

function expectCommands(stack: Stack): void {
  const commands = commandsOf(stack);
  const known = new Set(["start", "test", "lint", "typecheck", "format", "build"]);
  expect(Object.keys(commands).filter((name) => !known.has(name))).toEqual([]);
  expect([commands["start"], commands["test"]]).toEqual([expect.any(String), expect.any(String)]);
  for (const command of Object.values(commands)) {
    expect(command).toMatch(BEGINNINGS[stack.packageManager]!);
    expect(command).toMatch(/^[\w./:-]+( [\w./:-]+)*$/);
  }
}

function expectPaths(stack: Stack): void {
  const paths = pathsOf(stack);
  for (const name of ["app_root", "specs_dir", "prompts_dir", "logs_dir", "worktrees_dir"]) {
    expect(paths[name]).toBeString();
  }
  expect(Object.values(paths).filter((path) => !/^(\.|\.?\w+(\/\w+)*)$/.test(path))).toEqual([]);
  expect(new Set(Object.values(paths)).size).toBe(Object.keys(paths).length);
}

describe("a combination that cannot be is refused in one line that lists what can", () => {
  test.each(Object.keys(OFFERED))("%s", (language) => {
    const [frameworks, packageManagers] = OFFERED[language]!.map((words) => words.split(" ")) as [string[], string[]];
    for (const choice of MATRIX.filter((each) => each.language === language && !POSSIBLE.includes(each))) {
      const { framework, packageManager } = choice;
      const fault = frameworks.includes(framework!)
        ? `package manager "${packageManager}" cannot be used with ${language}: ${packageManagers.join(", ")} can`
        : `framework "${framework}" cannot be used with ${language}: ${frameworks.join(", ")} can`;
      expect(thrownBy(StackError, () => resolveStack(choice)).message).toBe(fault);
    }
  });

  const LANGUAGES = "python, typescript, javascript, go, rust, java can";
  const CHOICES: readonly { readonly choice: StackChoice; readonly message: string }[] = [
    { choice: { language: "ruby" }, message: `language "ruby" cannot be used: ${LANGUAGES}` },
    { choice: { language: "" }, message: `language "" cannot be used: ${LANGUAGES}` },
    { choice: { language: "constructor" }, message: `language "constructor" cannot be used: ${LANGUAGES}` },
    { choice: { language: "Go\n\u001B[2J" }, message: `language "Go\\u{a}\\u{1b}[2J" cannot be used: ${LANGUAGES}` },
    {
      choice: { language: "go", framework: "g".repeat(5000) },
      message: `framework "${"g".repeat(60)}"… cannot be used with go: gin, echo, none can`,
    },
    {
      choice: { language: "rust", architecture: "mvc" },
      message: 'architecture "mvc" cannot be used: simple, layered, ddd, clean, hexagonal can',
    },
  ];
  test.each(CHOICES)("$message", ({ choice, message }) => {
    expect(thrownBy(StackError, () => resolveStack(choice)).message).toBe(message);
  });
});

describe("what a choice leaves open", () => {
  test.each([
    ["python", "uv"],
    ["typescript", "pnpm"],
    ["javascript", "pnpm"],
    ["go", "go"],
    ["rust", "cargo"],
    ["java", "maven"],
  ])("%s takes no framework, %s and the simple architecture", (language, packageManager) => {
    const stack = { language, framework: "none", packageManager, architecture: "simple" } as Stack;
    expect(resolveStack({ language })).toEqual(stack);
    expect(resolveStack({ language, framework: undefined, packageManager: undefined })).toEqual(stack);
  });
});

/** A stack as `language framework package-manager`. */
const COMMANDS: readonly (readonly [stack: string, commands: Readonly<Record<string, string>>])[] = [
  [
    "python fastapi uv",
    { start: "uv run uvicorn app.main:app --reload --port 8080", test: "uv run pytest", typecheck: "uv run mypy app" },
  ],
  ["python fastapi pip", { start: "python -m uvicorn app.main:app --reload --port 8080", test: "python -m pytest" }],
  [
    "python django poetry",
    { start: "poetry run python manage.py runserver 8080", test: "poetry run python manage.py test" },
  ],
  ["python django pip", { start: "python manage.py runserver 8080", lint: "python -m ruff check ." }],
  ["python flask pipenv", { start: "pipenv run flask --app app run --debug", format: "pipenv run ruff format ." }],
  ["python none uv", { start: "uv run python src/main.py", build: "uv build" }],
  ["python none pip", { start: "python src/main.py", typecheck: "python -m mypy src" }],
  [
    "typescript nestjs pnpm",
    { start: "pnpm run start:dev", test: "pnpm run test", typecheck: "pnpm exec tsc --noEmit" },
  ],
  ["typescript nestjs npm", { start: "npm run start:dev", lint: "npm run lint", build: "npm run build" }],
  ["typescript nextjs yarn", { start: "yarn dev", test: "yarn test", format: "yarn prettier --write ." }],
  [
    "typescript hono bun",
    { start: "bun run dev", test: "bun run test", lint: "bunx eslint .", build: "bun run build" },
  ],
  ["typescript vue npm", { test: "npm run test:unit", typecheck: "npx vue-tsc --build" }],
  ["typescript react pnpm", { typecheck: "pnpm exec tsc --build" }],
  ["javascript none npm", { start: "npm run start", test: "npm run test", lint: "npx eslint ." }],
  ["go gin go", { start: "go run .", test: "go test ./...", lint: "go vet ./...", build: "go build ./..." }],
  ["rust axum cargo", { start: "cargo run", lint: "cargo clippy --all-targets -- -D warnings", format: "cargo fmt" }],
  ["java spring maven", { start: "./mvnw spring-boot:run", test: "./mvnw test", build: "./mvnw package" }],
  ["java spring gradle", { start: "./gradlew bootRun", test: "./gradlew test", build: "./gradlew build" }],
  ["java none maven", { start: "mvn compile exec:java", test: "mvn test" }],
];

function stackOf(text: string, architecture = "simple"): Stack {
  const [language, framework, packageManager] = text.split(" ");
  return resolveStack({ language: language!, framework, packageManager, architecture });
}

describe("commands", () => {
  test.each(COMMANDS)("of %s", (stack, commands) => {
    expect(commandsOf(stackOf(stack))).toMatchObject(commands);
  });

  test.each([
    ["javascript express npm", ["typecheck", "build"]],
    ["python fastapi uv", ["build"]],
    ["go echo go", ["typecheck"]],
    ["java spring gradle", ["lint", "format"]],
  ])("that make no sense for %s are not there", (stack, missing) => {
    const commands = commandsOf(stackOf(stack));
    expect(missing.filter((name) => Object.hasOwn(commands, name))).toEqual([]);
  });
});

describe("commands of a package.json", () => {
  const ALL = {
    start: "pnpm run dev",
    test: "pnpm run test",
    lint: "pnpm run lint",
    typecheck: "pnpm run typecheck",
    format: "pnpm run format",
    build: "pnpm run build",
  };
  const CASES: readonly (readonly [what: string, scripts: string, commands: Readonly<Record<string, string>>])[] = [
    ["all of them", "build check-types dev format lint start test type-check typecheck deploy", ALL],
    ["other names", "dev test:unit type-check", { start: "dev", test: "test:unit", typecheck: "type-check" }],
    ["another name for the types", "check-types", { typecheck: "check-types" }],
    ["some", "start build", { start: "start", build: "build" }],
    ["none that is known", "deploy constructor", {}],
  ];

  test.each(CASES)("%s", (_what, names, commands) => {
    const scripts = Object.fromEntries(names.split(" ").map((name) => [name, "x"]));
    for (const [packageManager, run] of [
      ["pnpm", "pnpm run"],
      ["npm", "npm run"],
      ["yarn", "yarn"],
      ["bun", "bun run"],
    ]) {
      for (const stack of [`typescript nextjs ${packageManager}`, `javascript none ${packageManager}`]) {
        const found = Object.entries(commands).map(([name, script]) => [name, `${run} ${script.split(" ").at(-1)}`]);
        expect(commandsOf(stackOf(stack), scripts)).toEqual(Object.fromEntries(found));
      }
    }
  });

  test("without scripts are the usual ones that start and test", () => {
    const { start, test: tests } = commandsOf(stackOf("typescript vue npm"));
    expect(commandsOf(stackOf("typescript vue npm"), {})).toEqual({ start: start!, test: tests! });
  });

  test("do not count in another language", () => {
    const stack = stackOf("python django uv");
    expect(commandsOf(stack, { build: "vite build" })).toEqual(commandsOf(stack));
  });
});

describe("paths", () => {
  test.each([
    ["python fastapi uv", "app"],
    ["python flask uv", "app"],
    ["python django uv", "."],
    ["python none uv", "src"],
    ["typescript nextjs pnpm", "src"],
    ["go gin go", "."],
    ["rust axum cargo", "src"],
    ["java spring maven", "src/main/java"],
  ])("the code of %s stands in %s", (stack, root) => {
    expect(pathsOf(stackOf(stack)).app_root).toBe(root);
  });

  test.each([
    ["python fastapi uv", "ddd", ["app/domain", "app/application", "app/infrastructure", "app/interfaces"]],
    ["python django uv", "hexagonal", ["domain", "ports", "adapters"]],
    ["typescript hono bun", "clean", ["src/entities", "src/usecases", "src/adapters", "src/frameworks"]],
    ["go gin go", "layered", ["internal/presentation", "internal/services", "internal/repositories"]],
    ["rust axum cargo", "simple", []],
  ])("the layers of %s, %s", (stack, architecture, layers) => {
    const { app_root, specs_dir, prompts_dir, logs_dir, worktrees_dir, ...named } = pathsOf(
      stackOf(stack, architecture),
    );
    expect([specs_dir, prompts_dir, logs_dir, worktrees_dir]).toEqual(["specs", "prompts", "logs", ".worktrees"]);
    expect(Object.values(named)).toEqual(layers);
    expect(Object.keys(named)).toEqual(layers.map((layer) => layer.split("/").at(-1)!));
    expect(app_root).not.toBeEmpty();
  });
});
