import type { ProjectFile } from "./project-file.ts";

/** A file of the plan: as `ProjectFile`, but its content may be no text. */
export type PlannedFile = { readonly path: string; readonly content: Uint8Array; readonly mode?: number };

/** What stands at a path already. `blocked`: a parent of it is no folder, or a link that leads elsewhere. */
export type Standing =
  | { readonly kind: "nothing" }
  | { readonly kind: "file"; readonly content: Uint8Array }
  | { readonly kind: "other"; readonly what: string }
  | { readonly kind: "blocked"; readonly by: string };

/** `kept`: something else stands there. `apart`: files that it belongs to are others. */
type Cause = "new" | "same" | "kept" | "apart";

/** What is to be done about one file, and why. Whatever stands there is never touched. */
export type Step = {
  readonly path: string;
  readonly action: "CREATE" | "SKIP";
  readonly cause: Cause;
  /** The cause in words. */
  readonly reason: string;
  readonly file: PlannedFile;
};

/** Plans files over what stands there. Throws `Blocked` when a folder is needed where something else stands. */
export function planFiles(files: readonly PlannedFile[], standingAt: (path: string) => Standing): Step[] {
  return files.map((file) => ({ path: file.path, file, ...decide(file, standingAt(file.path)) }));
}

/**
 * Files that belong together are created together: where one of them is kept because it differs, the others that are
 * missing are not put beside it.
 */
export function createTogether(steps: readonly Step[]): Step[] {
  if (!steps.some(({ cause }) => cause === "kept")) return [...steps];
  return steps.map((step) => (step.action === "CREATE" ? { ...step, ...APART } : step));
}

const APART = { action: "SKIP", cause: "apart", reason: "left out: others of this folder are yours" } as const;

/** A folder is needed where something else stands: nothing can be planned around that. */
export class Blocked extends Error {
  override readonly name = "Blocked";
}

function decide({ path, content }: PlannedFile, standing: Standing): Pick<Step, "action" | "cause" | "reason"> {
  switch (standing.kind) {
    case "nothing":
      return { action: "CREATE", cause: "new", reason: "new" };
    case "file":
      return isSame(content, standing.content) ? SAME : kept("yours");
    case "other":
      return kept(standing.what);
    case "blocked":
      throw new Blocked(`${standing.by} is no folder, and ${path} belongs into it: move it away`);
  }
}

const SAME = { action: "SKIP", cause: "same", reason: "already there" } as const;

function kept(what: string) {
  return { action: "SKIP", cause: "kept", reason: `kept: it is ${what}` } as const;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Bun.deepEquals(Buffer.from(one), Buffer.from(other));
}

const encoder = new TextEncoder();

/** A file of text as a planned one. */
export function toPlanned({ text, ...rest }: ProjectFile): PlannedFile {
  return { ...rest, content: encoder.encode(text) };
}
