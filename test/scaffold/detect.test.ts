import { describe, expect, test } from "bun:test";
import { DETECTION_FILES, detectStack } from "#src/scaffold/detect.ts";
import { resolveStack } from "#src/scaffold/stacks.ts";

type Case = {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  /** Language, framework and package manager; `-` for what cannot be told. */
  readonly choice: string;
  readonly because: readonly string[];
};

const packageJson = (fields: object) => ({ "package.json": JSON.stringify(fields) });
const pyproject = (text: string) => ({ "pyproject.toml": text });

const PYTHON: readonly Case[] = [
  {
    what: "requirements of a project",
    files: {
      ...pyproject('[project]\ndependencies = ["uvicorn", "FastAPI[standard] >= 0.115; python_version > \'3.9\'"]'),
      "uv.lock": "",
    },
    choice: "python fastapi uv",
    because: ["python: pyproject.toml", "fastapi: fastapi in pyproject.toml", "uv: uv.lock"],
  },
  {
    what: "dependencies of Poetry, without its lock",
    files: pyproject('[tool.poetry.dependencies]\npython = "^3.11"\nDjango = { version = "^5", extras = ["argon2"] }'),
    choice: "python django poetry",
    because: ["python: pyproject.toml", "django: django in pyproject.toml", "poetry: [tool.poetry] in pyproject.toml"],
  },
  {
    what: "a group of Poetry",
    files: { ...pyproject('[tool.poetry.group.web.dependencies]\nflask = "*"'), "poetry.lock": "" },
    choice: "python flask poetry",
    because: ["python: pyproject.toml", "flask: flask in pyproject.toml", "poetry: poetry.lock"],
  },
  {
    what: "a project that Poetry builds",
    files: pyproject('[build-system]\nrequires = ["poetry-core>=2"]\nbuild-backend = "poetry.core.masonry.api"'),
    choice: "python - poetry",
    because: ["python: pyproject.toml", "poetry: [build-system] in pyproject.toml"],
  },
  {
    what: "settings of uv, an optional dependency",
    files: pyproject('[project.optional-dependencies]\nweb = ["flask~=3.0"]\n[tool.uv]\npackage = false'),
    choice: "python flask uv",
    because: ["python: pyproject.toml", "flask: flask in pyproject.toml", "uv: [tool.uv] in pyproject.toml"],
  },
  {
    what: "a group that includes another",
    files: pyproject('[dependency-groups]\nweb = [{ include-group = "base" }, "fastapi"]'),
    choice: "python fastapi -",
    because: ["python: pyproject.toml", "fastapi: fastapi in pyproject.toml"],
  },
  {
    what: "requirements.txt with comments, options and addresses",
    files: {
      "requirements.txt": "# fastapi\n-r base.txt\n--extra-index-url https://flask\n\r\n  Django==5.0 # web\r\n",
    },
    choice: "python django pip",
    because: ["python: requirements.txt", "django: django in requirements.txt", "pip: requirements.txt"],
  },
  {
    what: "a requirement at an address",
    files: { "requirements.txt": "flask @ https://example.org/flask.whl" },
    choice: "python flask pip",
    because: ["python: requirements.txt", "flask: flask in requirements.txt", "pip: requirements.txt"],
  },
  {
    what: "a Pipfile",
    files: { Pipfile: '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"' },
    choice: "python flask pipenv",
    because: ["python: Pipfile", "flask: flask in Pipfile", "pipenv: Pipfile"],
  },
  {
    what: "a manage.py of Django, before what is required",
    files: { "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")', "requirements.txt": "fastapi" },
    choice: "python django pip",
    because: ["python: requirements.txt", "django: manage.py", "pip: requirements.txt"],
  },
  {
    what: "a manage.py of something else",
    files: { "manage.py": "from flask_script import Manager" },
    choice: "python - -",
    because: ["python: manage.py"],
  },
  {
    what: "a setup.py",
    files: { "setup.py": 'setup(name="x", description="Flask for all", install_requires=["django>=4"])' },
    choice: "python django pip",
    because: ["python: setup.py", "django: django in setup.py", "pip: setup.py"],
  },
  {
    what: "packages that are only called alike",
    files: { "requirements.txt": "fastapi-users\nflask_sqlalchemy==3\ndjango.contrib\n" },
    choice: "python - pip",
    because: ["python: requirements.txt", "pip: requirements.txt"],
  },
  {
    what: "FastAPI before Django and Flask",
    files: { "requirements.txt": "flask\ndjango\nfastapi" },
    choice: "python fastapi pip",
    because: ["python: requirements.txt", "fastapi: fastapi in requirements.txt", "pip: requirements.txt"],
  },
  {
    what: "broken TOML beside a lock and requirements",
    files: { ...pyproject("[project\ndependencies = ["), "uv.lock": "", "requirements.txt": "flask" },
    choice: "python flask uv",
    because: ["python: pyproject.toml", "flask: flask in requirements.txt", "uv: uv.lock"],
  },
  {
    what: "TOML of other types than expected",
    files: pyproject('project = "x"\ntool = [1]\nbuild-system = 3\ndependency-groups = { a = "flask" }'),
    choice: "python - -",
    because: ["python: pyproject.toml"],
  },
];

const NODE: readonly Case[] = [
  {
    what: "Next.js before the React it uses",
    files: {
      ...packageJson({ dependencies: { react: "19", next: "16" } }),
      "tsconfig.json": "{}",
      "pnpm-lock.yaml": "",
    },
    choice: "typescript nextjs pnpm",
    because: ["typescript: tsconfig.json", "nextjs: next in package.json", "pnpm: pnpm-lock.yaml"],
  },
  {
    what: "NestJS before the Express below it",
    files: {
      ...packageJson({ dependencies: { express: "5", "@nestjs/core": "11" }, devDependencies: { typescript: "6" } }),
      "package-lock.json": "{}",
    },
    choice: "typescript nestjs npm",
    because: [
      "typescript: typescript in package.json",
      "nestjs: @nestjs/core in package.json",
      "npm: package-lock.json",
    ],
  },
  {
    what: "Express",
    files: { ...packageJson({ dependencies: { express: "5", react: "19" } }), "yarn.lock": "" },
    choice: "javascript express yarn",
    because: ["javascript: package.json", "express: express in package.json", "yarn: yarn.lock"],
  },
  {
    what: "Hono, and a binary lock of Bun",
    files: { ...packageJson({ dependencies: { hono: "4" } }), "bun.lockb": "\0" },
    choice: "javascript hono bun",
    because: ["javascript: package.json", "hono: hono in package.json", "bun: bun.lockb"],
  },
  {
    what: "React among what developing needs",
    files: packageJson({ devDependencies: { react: "19", vue: "3" } }),
    choice: "javascript react -",
    because: ["javascript: package.json", "react: react in package.json"],
  },
  {
    what: "Vue, and the field that names the package manager before a lock",
    files: {
      ...packageJson({ dependencies: { vue: "3" }, packageManager: "pnpm@10.1.0+sha512.abc" }),
      "package-lock.json": "{}",
    },
    choice: "javascript vue pnpm",
    because: ["javascript: package.json", "vue: vue in package.json", 'pnpm: "packageManager" in package.json'],
  },
  {
    what: "a package manager that is not known",
    files: { ...packageJson({ packageManager: "vlt@1" }), "bun.lock": "" },
    choice: "javascript - bun",
    because: ["javascript: package.json", "bun: bun.lock"],
  },
  {
    what: "packages that are only called alike",
    files: packageJson({ dependencies: { "react-native": "1", "@types/express": "5", "next-auth": "5" } }),
    choice: "javascript - -",
    because: ["javascript: package.json"],
  },
  {
    what: "a tsconfig.json alone",
    files: { "tsconfig.json": "// broken" },
    choice: "typescript - -",
    because: ["typescript: tsconfig.json"],
  },
  {
    what: "a byte order mark",
    files: { "package.json": `\uFEFF${JSON.stringify({ dependencies: { hono: "4" } })}` },
    choice: "javascript hono -",
    because: ["javascript: package.json", "hono: hono in package.json"],
  },
  {
    what: "broken JSON beside a lock",
    files: { "package.json": '{ "dependencies": { "next": ', "yarn.lock": "" },
    choice: "javascript - yarn",
    because: ["javascript: package.json", "yarn: yarn.lock"],
  },
  ...["null", "[]", '"next"', "3", '{"dependencies": null}', '{"dependencies": ["next"]}'].map((text) => ({
    what: `a package.json that holds ${text}`,
    files: { "package.json": text },
    choice: "javascript - -",
    because: ["javascript: package.json"],
  })),
  {
    what: "fields of other types than expected",
    files: packageJson({ packageManager: { toString: 1 }, dependencies: "next", devDependencies: { toString: "1" } }),
    choice: "javascript - -",
    because: ["javascript: package.json"],
  },
  {
    what: "JSON that is nested too deep",
    files: { "package.json": "[".repeat(1_000_000) },
    choice: "javascript - -",
    because: ["javascript: package.json"],
  },
];

const GO_MOD = `module example.org/x

go 1.25

require (
	github.com/labstack/echo/v4 v4.13.0
	github.com/gin-gonic/gin v1.10.0 // indirect
)
`;

const COMPILED: readonly Case[] = [
  {
    what: "Echo required in a block, Gin only indirectly",
    files: { "go.mod": GO_MOD },
    choice: "go echo go",
    because: ["go: go.mod", "echo: github.com/labstack/echo in go.mod"],
  },
  {
    what: "Gin required in a line",
    files: { "go.mod": "module x\r\nrequire github.com/gin-gonic/gin v1.10.0\r\n" },
    choice: "go gin go",
    because: ["go: go.mod", "gin: github.com/gin-gonic/gin in go.mod"],
  },
  {
    what: "Gin that only stands in a comment",
    files: { "go.mod": "module x\n// github.com/gin-gonic/gin v1.10.0\n" },
    choice: "go - go",
    because: ["go: go.mod"],
  },
  {
    what: "Axum",
    files: { "Cargo.toml": '[package]\nname = "x"\n[dependencies]\naxum = { version = "0.8", features = ["ws"] }' },
    choice: "rust axum cargo",
    because: ["rust: Cargo.toml", "axum: axum in Cargo.toml", "cargo: Cargo.toml"],
  },
  {
    what: "Actix under another name, for the workspace",
    files: { "Cargo.toml": '[workspace.dependencies]\nweb = { package = "actix-web", version = "4" }' },
    choice: "rust actix cargo",
    because: ["rust: Cargo.toml", "actix: actix-web in Cargo.toml", "cargo: Cargo.toml"],
  },
  {
    what: "a broken Cargo.toml",
    files: { "Cargo.toml": "[dependencies\naxum" },
    choice: "rust - cargo",
    because: ["rust: Cargo.toml", "cargo: Cargo.toml"],
  },
  {
    what: "Spring with Maven",
    files: { "pom.xml": "<parent><groupId>org.springframework.boot</groupId></parent>" },
    choice: "java spring maven",
    because: ["java: pom.xml", "spring: spring-boot in pom.xml", "maven: pom.xml"],
  },
  {
    what: "Spring that only stands in a comment",
    files: { "pom.xml": "<project><!-- no\nspring-boot --></project>" },
    choice: "java - maven",
    because: ["java: pom.xml", "maven: pom.xml"],
  },
  {
    what: "Spring with Gradle in Kotlin",
    files: {
      "settings.gradle.kts": "",
      "build.gradle.kts": 'plugins { id("org.springframework.boot") version "4.0.0" }',
    },
    choice: "java spring gradle",
    because: ["java: build.gradle.kts", "spring: spring-boot in build.gradle.kts", "gradle: build.gradle.kts"],
  },
  {
    what: "Gradle",
    files: { "build.gradle": "plugins { id 'java' }" },
    choice: "java - gradle",
    because: ["java: build.gradle", "gradle: build.gradle"],
  },
];

const SEVERAL: readonly Case[] = [
  {
    what: "a package.json of tools beside Django",
    files: { ...packageJson({ devDependencies: { tailwindcss: "4" } }), "requirements.txt": "django" },
    choice: "python django pip",
    because: [
      "python: requirements.txt",
      "django: django in requirements.txt",
      "pip: requirements.txt",
      "python rather than javascript (package.json): only there a framework is known",
    ],
  },
  {
    what: "a front end beside FastAPI",
    files: { ...packageJson({ dependencies: { react: "19" } }), "tsconfig.json": "{}", "requirements.txt": "fastapi" },
    choice: "python fastapi pip",
    because: [
      "python: requirements.txt",
      "fastapi: fastapi in requirements.txt",
      "pip: requirements.txt",
      "python rather than typescript (tsconfig.json): it comes first where several are there",
    ],
  },
  {
    what: "a Next.js project with a script in Python",
    files: { ...packageJson({ dependencies: { next: "16" } }), "requirements.txt": "requests" },
    choice: "javascript nextjs -",
    because: [
      "javascript: package.json",
      "nextjs: next in package.json",
      "javascript rather than python (requirements.txt): only there a framework is known",
    ],
  },
  {
    what: "all of them, and no framework",
    files: { ...packageJson({}), "pyproject.toml": "", "go.mod": "module x", "Cargo.toml": "", "pom.xml": "" },
    choice: "python - -",
    because: [
      "python: pyproject.toml",
      "python rather than go (go.mod): it comes first where several are there",
      "python rather than rust (Cargo.toml): it comes first where several are there",
      "python rather than java (pom.xml): it comes first where several are there",
      "python rather than javascript (package.json): it comes first where several are there",
    ],
  },
];

function detect(files: Readonly<Record<string, string>>) {
  return detectStack(new Map(Object.entries(files)));
}

describe.each([
  { of: "Python", cases: PYTHON },
  { of: "Node", cases: NODE },
  { of: "a compiled language", cases: COMPILED },
  { of: "several languages", cases: SEVERAL },
])("a project of $of", ({ cases }) => {
  test.each(cases)("$what", ({ files, choice, because }) => {
    expect(Object.keys(files).filter((file) => !DETECTION_FILES.includes(file))).toEqual([]);
    const detected = detect(files);
    const { language, framework = "-", packageManager = "-" } = detected.choice;
    expect(`${language} ${framework} ${packageManager}`).toBe(choice);
    expect(detected.because).toEqual(because);
    // Whatever is told can be used together.
    expect(resolveStack({ ...detected.choice, language: language! })).toMatchObject(detected.choice);
  });
});

test("nothing is told of a folder without known files", () => {
  expect(detect({})).toEqual({ choice: {}, because: [] });
  expect(detect({ "README.md": "django", "yarn.lock": "", "uv.lock": "" })).toEqual({ choice: {}, because: [] });
});

test("the files to read are named once each", () => {
  expect(new Set(DETECTION_FILES).size).toBe(DETECTION_FILES.length);
});
