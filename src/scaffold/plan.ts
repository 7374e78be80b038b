import type { ProjectFile } from "./project-file.ts";

/** A file of the plan: as `ProjectFile`, but its content may be no text. */
export type PlannedFile = { readonly path: string; readonly content: Uint8Array; readonly mode?: number };

/** What stands at a path already. `blocked`: a parent of it is no folder, or a link that leads elsewhere. */
export type Standing =
  | { readonly kind: "nothing" }
  | { readonly kind: "file"; readonly content: Uint8Array }
  | { readonly kind: "other"; readonly what: string }
  | { readonly kind: "blocked"; readonly by: string };

/** What is to be done about one file, and why. Whatever stands there is never touched. */
export type Step = {
  readonly path: string;
  readonly action: "CREATE" | "SKIP";
  readonly reason: string;
  readonly file: PlannedFile;
};

/** Plans files over what stands there. Throws `Blocked` when a folder is needed where something else stands. */
export function planFiles(files: readonly PlannedFile[], standingAt: (path: string) => Standing): Step[] {
  return files.map((file) => ({ path: file.path, file, ...decide(file, standingAt(file.path)) }));
}

const KEPT = "kept";

/** Whether something else stands in the place of a file. */
export function isKept({ reason }: Step): boolean {
  return reason.startsWith(KEPT);
}

/**
 * Files that belong together are created together: where one of them is kept because it differs, the others that are
 * missing are not put beside it.
 */
export function createTogether(steps: readonly Step[]): Step[] {
  if (!steps.some(isKept)) return [...steps];
  return steps.map((step) => (step.action === "CREATE" ? { ...step, action: "SKIP", reason: MIXED } : step));
}

const MIXED = "left out: others of this folder are yours";

/** A folder is needed where something else stands: nothing can be planned around that. */
export class Blocked extends Error {
  override readonly name = "Blocked";
}

function decide({ path, content }: PlannedFile, standing: Standing): Pick<Step, "action" | "reason"> {
  switch (standing.kind) {
    case "nothing":
      return { action: "CREATE", reason: "new" };
    case "file":
      return { action: "SKIP", reason: isSame(content, standing.content) ? "already there" : `${KEPT}: it is yours` };
    case "other":
      return { action: "SKIP", reason: `${KEPT}: it is ${standing.what}` };
    case "blocked":
      throw new Blocked(`${standing.by} is no folder, and ${path} belongs into it: move it away`);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Bun.deepEquals(Buffer.from(one), Buffer.from(other));
}

const encoder = new TextEncoder();

/** A file of text as a planned one. */
export function toPlanned({ text, ...rest }: ProjectFile): PlannedFile {
  return { ...rest, content: encoder.encode(text) };
}
