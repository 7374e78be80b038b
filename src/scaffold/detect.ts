import {
  type Dependencies,
  goDependencies,
  nodeDependencies,
  pythonDependencies,
  readPackageJson,
  readToml,
  type RootFiles,
  rustDependencies,
} from "./dependencies.ts";
import { type Framework, type Language, LANGUAGES, type PackageManager } from "./stacks.ts";

/** What can be told of a project from its files. A field that cannot be told is not there. */
export type Detected = {
  readonly choice: {
    readonly language?: Language;
    readonly framework?: Framework;
    readonly packageManager?: PackageManager;
  };
  /** Why, a line for each: `typescript: tsconfig.json`. */
  readonly because: readonly string[];
};

/** Something found, and where. */
type Finding<Value> = { readonly value: Value; readonly where: string };
type Found = {
  readonly language: Finding<Language>;
  readonly framework: Finding<Framework> | undefined;
  readonly packageManager: Finding<PackageManager> | undefined;
};

const PYTHON_FILES = ["pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg", "manage.py"] as const;
const PYTHON_LOCKS = { "uv.lock": "uv", "poetry.lock": "poetry", "Pipfile.lock": "pipenv", Pipfile: "pipenv" } as const;
const NODE_LOCKS = {
  "pnpm-lock.yaml": "pnpm",
  "yarn.lock": "yarn",
  "bun.lock": "bun",
  "bun.lockb": "bun",
  "package-lock.json": "npm",
  "npm-shrinkwrap.json": "npm",
} as const;
const JAVA_FILES = {
  "pom.xml": "maven",
  "build.gradle": "gradle",
  "build.gradle.kts": "gradle",
  "settings.gradle": "gradle",
  "settings.gradle.kts": "gradle",
} as const;

/** The files of a project's root to read; of those that are there `detectStack` wants the texts. */
export const DETECTION_FILES: readonly string[] = [
  ...PYTHON_FILES,
  ...Object.keys(PYTHON_LOCKS).filter((file) => file !== "Pipfile"),
  "package.json",
  "tsconfig.json",
  ...Object.keys(NODE_LOCKS),
  "go.mod",
  "Cargo.toml",
  ...Object.keys(JAVA_FILES),
];

/** Tells language, framework and package manager from the files of a project's root. */
export function detectStack(files: RootFiles): Detected {
  // A package.json often only serves the front end or the tools of a project in another language.
  const found = [detectPython, detectGo, detectRust, detectJava, detectNode]
    .map((detect) => detect(files))
    .filter((each) => each !== null);
  const chosen = found.find(({ framework }) => framework !== undefined) ?? found[0];
  if (chosen === undefined) return { choice: {}, because: [] };
  const { language, framework, packageManager } = chosen;
  return {
    choice: {
      language: language.value,
      ...(framework === undefined ? {} : { framework: framework.value }),
      ...(packageManager === undefined ? {} : { packageManager: packageManager.value }),
    },
    because: [
      // Go is its own package manager: told once.
      ...new Set([language, framework, packageManager].filter((each) => each !== undefined).map(tell)),
      ...found.filter((other) => other !== chosen).map((other) => tellPreference(chosen, other)),
    ],
  };
}

function tell({ value, where }: Finding<string>): string {
  return `${value}: ${where}`;
}

function tellPreference({ language, framework }: Found, other: Found): string {
  const reason =
    framework !== undefined && other.framework === undefined
      ? "only there a framework is known"
      : "it comes first where several are there";
  return `${language.value} rather than ${other.language.value} (${other.language.where}): ${reason}`;
}

function detectPython(files: RootFiles): Found | null {
  const file = PYTHON_FILES.find((name) => files.has(name));
  if (file === undefined) return null;
  const django: Finding<Framework> | undefined = /django/i.test(files.get("manage.py") ?? "")
    ? { value: "django", where: "manage.py" }
    : undefined;
  const dependencies = pythonDependencies(files);
  return {
    language: { value: "python", where: file },
    framework: django ?? findFramework(dependencies, { fastapi: "fastapi", django: "django", flask: "flask" }),
    packageManager: findFile(files, PYTHON_LOCKS) ?? pythonToolOf(files),
  };
}

/** The package manager of a Python project without a lock file. */
function pythonToolOf(files: RootFiles): Finding<PackageManager> | undefined {
  const { tool, "build-system": buildSystem } = readToml(files, "pyproject.toml");
  for (const value of ["uv", "poetry"] as const) {
    if (Object.hasOwn(Object(tool), value)) return { value, where: `[tool.${value}] in pyproject.toml` };
  }
  if (/"poetry/.test(JSON.stringify(buildSystem) ?? "")) {
    return { value: "poetry", where: "[build-system] in pyproject.toml" };
  }
  return findFile(files, { "requirements.txt": "pip", "setup.py": "pip" });
}

function detectNode(files: RootFiles): Found | null {
  const lock = findFile(files, NODE_LOCKS);
  const packageJson = readPackageJson(files);
  const dependencies = nodeDependencies(packageJson);
  const language = nodeLanguage(files, dependencies);
  if (language === null) return null;
  const named = packageManagerIn(packageJson["packageManager"]);
  return {
    language,
    framework: findFramework(dependencies, {
      next: "nextjs",
      "@nestjs/core": "nestjs",
      express: "express",
      hono: "hono",
      react: "react",
      vue: "vue",
    }),
    packageManager: named === undefined ? lock : { value: named, where: '"packageManager" in package.json' },
  };
}

function packageManagerIn(field: unknown): PackageManager | undefined {
  const name = typeof field === "string" ? field.split("@")[0] : undefined;
  return LANGUAGES.javascript.packageManagers.find((known) => known === name);
}

function nodeLanguage(files: RootFiles, dependencies: Dependencies): Finding<Language> | null {
  if (files.has("tsconfig.json")) return { value: "typescript", where: "tsconfig.json" };
  if (dependencies.has("typescript")) return { value: "typescript", where: "typescript in package.json" };
  if (files.has("package.json")) return { value: "javascript", where: "package.json" };
  return null;
}

function detectGo(files: RootFiles): Found | null {
  if (!files.has("go.mod")) return null;
  return {
    language: { value: "go", where: "go.mod" },
    framework: findFramework(goDependencies(files), {
      "github.com/gin-gonic/gin": "gin",
      "github.com/labstack/echo": "echo",
    }),
    packageManager: { value: "go", where: "go.mod" },
  };
}

function detectRust(files: RootFiles): Found | null {
  if (!files.has("Cargo.toml")) return null;
  return {
    language: { value: "rust", where: "Cargo.toml" },
    framework: findFramework(rustDependencies(files), { axum: "axum", "actix-web": "actix" }),
    packageManager: { value: "cargo", where: "Cargo.toml" },
  };
}

function detectJava(files: RootFiles): Found | null {
  const packageManager = findFile(files, JAVA_FILES);
  if (packageManager === undefined) return null;
  const spring = Object.keys(JAVA_FILES).find((file) =>
    /org\.springframework\.boot|spring-boot/.test(files.get(file)?.replaceAll(/<!--.*?-->/gs, "") ?? ""),
  );
  return {
    language: { value: "java", where: packageManager.where },
    framework: spring === undefined ? undefined : { value: "spring", where: `spring-boot in ${spring}` },
    packageManager,
  };
}

/** The first of these packages that is asked for. */
function findFramework(
  dependencies: Dependencies,
  frameworks: Readonly<Record<string, Framework>>,
): Finding<Framework> | undefined {
  const known = Object.entries(frameworks).find(([name]) => dependencies.has(name));
  if (known === undefined) return undefined;
  const [name, value] = known;
  return { value, where: `${name} in ${dependencies.get(name)}` };
}

/** The first of these files that is there. */
function findFile<Value>(files: RootFiles, values: Readonly<Record<string, Value>>): Finding<Value> | undefined {
  const known = Object.entries(values).find(([file]) => files.has(file));
  return known === undefined ? undefined : { value: known[1], where: known[0] };
}
