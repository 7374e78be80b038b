import { applyFiles } from "./apply.ts";
import { isBackendFile, toBackendText } from "./backend.ts";
import { createTogether, planFiles, type PlannedFile, type Step, toPlanned } from "./plan.ts";
import { type Project, projectFiles } from "./project-files.ts";
import { type Source, TEMPLATES } from "./source.ts";
import { standingBelow } from "./standing.ts";

const BACKEND = "orchestrator_web";
const TEXT = /\.(ts|js|json|sql|md|toml|lock|sample)$|(^|\/)(\.gitignore|LICENSE)$/;

type Files = {
  /** What is written for the project. */
  readonly own: readonly PlannedFile[];
  /** The source of its backend. What stands in `own` too is not copied. */
  readonly backend: readonly PlannedFile[];
};

function filesOf(project: Project, source: Source): Files {
  const decoder = new TextDecoder();
  const readTemplate = (path: string) => {
    const template = source.get(TEMPLATES + path);
    if (template === undefined) throw new Error(`there is no template ${path}`);
    return decoder.decode(template);
  };
  const own = projectFiles(project, readTemplate).map(toPlanned);
  const ownPaths = new Set(own.map(({ path }) => path));
  const backend = [...source]
    .filter(([path]) => isBackendFile(path))
    .map(([path, content]): PlannedFile => {
      if (!TEXT.test(path)) return { path: `${BACKEND}/${path}`, content };
      return toPlanned({
        path: `${BACKEND}/${path}`,
        text: toBackendText(path, decoder.decode(content), project.port),
      });
    });
  return { own, backend: backend.filter(({ path }) => !ownPaths.has(path)) };
}

/** Plans a project at `target` over what stands there; changes nothing. */
export function planProject(target: string, project: Project, source: Source): Step[] {
  const { own, backend } = filesOf(project, source);
  const standing = standingBelow(target);
  return [...planFiles(own, standing), ...createTogether(planFiles(backend, standing))];
}

/** Does what the plan says, all of it or nothing; `prepare` is called on what was written aside. */
export async function applyPlan(
  target: string,
  steps: readonly Step[],
  prepare?: (tree: string) => void,
): Promise<void> {
  const created = steps.filter(({ action }) => action === "CREATE").map(({ file }) => file);
  if (created.length > 0) await applyFiles(target, created, prepare);
}
