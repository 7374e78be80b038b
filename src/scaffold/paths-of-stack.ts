import type { Architecture, Framework, Language, Stack } from "./stacks.ts";

/** Folders of a project, relative to its root, by what they are for. */
export type Paths = Readonly<Record<string, string>> & { readonly app_root: string };

const APP_ROOTS: Readonly<Record<Language, string>> = {
  python: "src",
  typescript: "src",
  javascript: "src",
  go: ".",
  rust: "src",
  java: "src/main/java",
};

/** Frameworks that have a place of their own for the code. */
const FRAMEWORK_ROOTS: Partial<Record<Framework, string>> = { fastapi: "app", flask: "app", django: "." };

/** From the outside to the inside, or the other way round: as each architecture is told. */
const LAYERS: Readonly<Record<Architecture, readonly string[]>> = {
  simple: [],
  layered: ["presentation", "services", "repositories"],
  ddd: ["domain", "application", "infrastructure", "interfaces"],
  clean: ["entities", "usecases", "adapters", "frameworks"],
  hexagonal: ["domain", "ports", "adapters"],
};

/** Where agents find and leave what they work with. */
const WORK_FOLDERS = {
  specs_dir: "specs",
  prompts_dir: "prompts",
  logs_dir: "logs",
  worktrees_dir: ".worktrees",
};

/** `app_root`, the folders of the architecture's layers, and `specs_dir`, `prompts_dir`, `logs_dir`, `worktrees_dir`. */
export function pathsOf(stack: Stack): Paths {
  const root = FRAMEWORK_ROOTS[stack.framework] ?? APP_ROOTS[stack.language];
  // Go keeps packages that nobody else may import in `internal`.
  const above = stack.language === "go" ? "internal/" : root === "." ? "" : `${root}/`;
  const layers = LAYERS[stack.architecture].map((layer) => [layer, `${above}${layer}`] as const);
  return { app_root: root, ...Object.fromEntries(layers), ...WORK_FOLDERS };
}
