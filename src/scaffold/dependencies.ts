/** The files of a project's root that are there, with their texts, by name. */
export type RootFiles = ReadonlyMap<string, string>;

/** What a language's manifests ask for: names of packages, each with the file that asks. */
export type Dependencies = ReadonlyMap<string, string>;

type Table = Readonly<Record<string, unknown>>;

/** What package.json says; nothing when it is not there or cannot be read. */
export function readPackageJson(files: RootFiles): Table {
  return asTable(parse(files.get("package.json"), JSON.parse));
}

/** Packages that package.json asks for, for running and for developing. */
export function nodeDependencies(packageJson: Table): Dependencies {
  const names = ["dependencies", "devDependencies"].flatMap((field) => Object.keys(asTable(packageJson[field])));
  return new Map(names.map((name) => [name, "package.json"]));
}

/** What a TOML file says; nothing when it is not there or cannot be read. */
export function readToml(files: RootFiles, file: string): Table {
  return asTable(parse(files.get(file), Bun.TOML.parse));
}

/** Packages that any of Python's manifests asks for, in lower case. */
export function pythonDependencies(files: RootFiles): Dependencies {
  const pyproject = readToml(files, "pyproject.toml");
  const pipfile = readToml(files, "Pipfile");
  const poetry = at(pyproject, "tool", "poetry");
  const wanted: [file: string, requirements: readonly unknown[]][] = [
    [
      "pyproject.toml",
      [
        ...asList(at(pyproject, "project")["dependencies"]),
        ...listsIn(at(pyproject, "project", "optional-dependencies")),
        ...listsIn(at(pyproject, "dependency-groups")),
        ...Object.keys(at(poetry, "dependencies")),
        ...Object.values(at(poetry, "group")).flatMap((group) => Object.keys(at(asTable(group), "dependencies"))),
      ],
    ],
    ["Pipfile", [...Object.keys(at(pipfile, "packages")), ...Object.keys(at(pipfile, "dev-packages"))]],
    ["requirements.txt", (files.get("requirements.txt") ?? "").split(/\r?\n/)],
    // A program: what it lists stands in quotes.
    ["setup.py", [...(files.get("setup.py") ?? "").matchAll(/["']([^"'\n]+)["']/g)].map((match) => match[1])],
  ];
  return firstFileOf(
    wanted.flatMap(([file, requirements]) => requirements.map((each) => [requirementName(each), file])),
  );
}

/** Crates that Cargo.toml asks for, for itself or for its workspace, by their own names. */
export function rustDependencies(files: RootFiles): Dependencies {
  const cargo = readToml(files, "Cargo.toml");
  const tables = [at(cargo, "dependencies"), at(cargo, "workspace", "dependencies")];
  const crates = tables.flatMap((table) =>
    Object.entries(table).map(([name, crate]) => asTable(crate)["package"] ?? name),
  );
  return firstFileOf(crates.map((name) => [name, "Cargo.toml"]));
}

/** Modules that go.mod asks for itself, without their major version. */
export function goDependencies(files: RootFiles): Dependencies {
  const lines = (files.get("go.mod") ?? "").split(/\r?\n/).filter((line) => !line.includes("// indirect"));
  const modules = lines.map((line) => /^\s*(?:require\s+)?([\w.-]+\/\S+)\s+v\d/.exec(line)?.[1]);
  return firstFileOf(modules.map((module) => [module?.replace(/\/v\d+$/, ""), "go.mod"]));
}

function firstFileOf(pairs: readonly (readonly [name: unknown, file: string])[]): Dependencies {
  const found = new Map<string, string>();
  for (const [name, file] of pairs) if (typeof name === "string" && !found.has(name)) found.set(name, file);
  return found;
}

/** `Django[argon2]>=5 # web` asks for `django`; comments, options and addresses ask for nothing. */
function requirementName(requirement: unknown): string | undefined {
  if (typeof requirement !== "string") return undefined;
  return /^\s*([a-z0-9][a-z0-9._-]*)\s*(?:$|[[<>=!~;@,#(])/i.exec(requirement)?.[1]?.toLowerCase();
}

/** A file may be broken: then it only counts as being there. */
function parse(text: string | undefined, parser: (text: string) => unknown): unknown {
  if (text === undefined) return undefined;
  try {
    return parser(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function at(table: Table, ...path: readonly string[]): Table {
  return path.reduce((inner, key) => (Object.hasOwn(inner, key) ? asTable(inner[key]) : {}), table);
}

function asTable(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function listsIn(table: Table): readonly unknown[] {
  return Object.values(table).flatMap(asList);
}
