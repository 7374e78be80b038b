import type { Framework, PackageManager, Stack } from "./stacks.ts";
import { pathsOf } from "./paths-of-stack.ts";

/** The commands of a stack's everyday work, by what they do. What does not make sense for a stack is not there. */
export type Commands = Readonly<Record<string, string>>;

/** The scripts of a package.json, by name. */
export type Scripts = Readonly<Record<string, string>>;

/**
 * `start`, `test`, and as fits the stack `lint`, `typecheck`, `format` and `build`; run at the root of the project.
 * Where a project in TypeScript or JavaScript has scripts already, its commands are those.
 */
export function commandsOf(stack: Stack, scripts?: Scripts): Commands {
  switch (stack.language) {
    case "python":
      return pythonCommands(stack);
    case "typescript":
    case "javascript":
      return scripts === undefined ? nodeCommands(stack) : scriptCommands(stack, scripts);
    case "go":
      return GO;
    case "rust":
      return RUST;
    case "java":
      return stack.packageManager === "gradle" ? gradleCommands(stack) : mavenCommands(stack);
  }
}

function pythonCommands(stack: Stack): Commands {
  const { framework, packageManager } = stack;
  const root = pathsOf(stack).app_root;
  // pip runs nothing: what it installed is run by the Python it was installed for.
  const run = packageManager === "pip" ? "" : `${packageManager} run `;
  const tool = packageManager === "pip" ? "python -m " : run;
  // Not their default, 8000: there the orchestrator listens.
  const start: Partial<Record<Framework, string>> = {
    fastapi: `${tool}uvicorn ${root}.main:app --reload --port 8080`,
    django: `${run}python manage.py runserver 8080`,
    flask: `${tool}flask --app ${root} run --debug`,
  };
  const build: Partial<Record<PackageManager, string>> = { uv: "uv build", poetry: "poetry build" };
  return {
    start: start[framework] ?? `${run}python ${root}/main.py`,
    test: framework === "django" ? `${run}python manage.py test` : `${tool}pytest`,
    lint: `${tool}ruff check .`,
    typecheck: `${tool}mypy ${root}`,
    format: `${tool}ruff format .`,
    // An application is deployed as it is; a package is built.
    ...(framework === "none" && build[packageManager] !== undefined ? { build: build[packageManager] } : {}),
  };
}

/** How each package manager runs a script of package.json, and a tool that is installed. */
const NODE_RUNNERS: Partial<Record<PackageManager, { readonly script: string; readonly tool: string }>> = {
  pnpm: { script: "pnpm run", tool: "pnpm exec" },
  npm: { script: "npm run", tool: "npx" },
  yarn: { script: "yarn", tool: "yarn" },
  // Without "run", `bun test` and `bun build` are Bun's own commands.
  bun: { script: "bun run", tool: "bunx" },
};

/** Scripts as the starters of the frameworks name them; others have `dev`, `test`. */
const START_SCRIPTS: Partial<Record<Framework, string>> = { nestjs: "start:dev", none: "start" };
const TEST_SCRIPTS: Partial<Record<Framework, string>> = { vue: "test:unit" };
/** Frameworks whose starters bring a `lint` script and one that builds, in JavaScript too. */
const WITH_SCRIPTS: ReadonlySet<Framework> = new Set(["nextjs", "nestjs", "react", "vue"]);
/** Projects of several tsconfig files are checked with all that they refer to. */
const TYPE_CHECKERS: Partial<Record<Framework, string>> = { react: "tsc --build", vue: "vue-tsc --build" };

function nodeCommands({ language, framework, packageManager }: Stack) {
  const { script, tool } = NODE_RUNNERS[packageManager]!;
  const isTyped = language === "typescript";
  const hasScripts = WITH_SCRIPTS.has(framework);
  return {
    start: `${script} ${START_SCRIPTS[framework] ?? "dev"}`,
    test: `${script} ${TEST_SCRIPTS[framework] ?? "test"}`,
    lint: hasScripts ? `${script} lint` : `${tool} eslint .`,
    ...(isTyped ? { typecheck: `${tool} ${TYPE_CHECKERS[framework] ?? "tsc --noEmit"}` } : {}),
    format: `${tool} prettier --write .`,
    ...(isTyped || hasScripts ? { build: `${script} build` } : {}),
  };
}

/** What scripts are called, the likeliest name first. */
const SCRIPT_NAMES = {
  start: ["dev", "start"],
  test: ["test", "test:unit"],
  lint: ["lint"],
  typecheck: ["typecheck", "type-check", "check-types"],
  format: ["format"],
  build: ["build"],
} as const;

function scriptCommands(stack: Stack, scripts: Scripts): Commands {
  if (Object.keys(scripts).length === 0) {
    const { start, test } = nodeCommands(stack);
    return { start, test };
  }
  const { script } = NODE_RUNNERS[stack.packageManager]!;
  const commands: Record<string, string> = {};
  for (const [command, names] of Object.entries(SCRIPT_NAMES)) {
    const found = names.find((name) => Object.hasOwn(scripts, name));
    if (found !== undefined) commands[command] = `${script} ${found}`;
  }
  return commands;
}

const GO: Commands = {
  start: "go run .",
  test: "go test ./...",
  lint: "go vet ./...",
  format: "gofmt -w .",
  build: "go build ./...",
};

const RUST: Commands = {
  start: "cargo run",
  test: "cargo test",
  lint: "cargo clippy --all-targets -- -D warnings",
  typecheck: "cargo check --all-targets",
  format: "cargo fmt",
  build: "cargo build --release",
};

function mavenCommands({ framework }: Stack): Commands {
  // Spring's starter brings the wrapper; Maven's own archetypes do not.
  const maven = framework === "spring" ? "./mvnw" : "mvn";
  return {
    start: framework === "spring" ? `${maven} spring-boot:run` : `${maven} compile exec:java`,
    test: `${maven} test`,
    typecheck: `${maven} test-compile`,
    build: `${maven} package`,
  };
}

function gradleCommands({ framework }: Stack): Commands {
  return {
    start: framework === "spring" ? "./gradlew bootRun" : "./gradlew run",
    test: "./gradlew test",
    typecheck: "./gradlew testClasses",
    build: "./gradlew build",
  };
}
