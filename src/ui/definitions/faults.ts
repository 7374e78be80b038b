import { ApiError } from "#src/client/client.ts";
import { formatMany } from "#src/ui/parts/format.ts";
import { type Faults, type Field, FIELDS } from "./draft.ts";

/** Why a definition was not saved: at its fields, and what belongs to none. */
export type Refusal = {
  readonly fields: Faults;
  /** What is to be told above the form; null when the fields say it all. */
  readonly error: Error | null;
  /** The definition that has the name already. */
  readonly takenBy: string | null;
};

/** Finds the fields that a refusal is about, by its pointers; a name that is taken is about the name. */
export function refusalOf(error: Error): Refusal {
  if (!(error instanceof ApiError)) return { fields: {}, error, takenBy: null };
  const { status, problem } = error;
  if (status === 409 && typeof problem["id"] === "string") {
    return { fields: { name: problem.detail }, error: null, takenBy: problem["id"] };
  }
  const fields: Partial<Record<Field, string>> = {};
  const errors = problem.errors ?? [];
  let others = errors.length === 0 ? 1 : 0;
  for (const { pointer, detail } of errors) {
    const [, first, ...deeper] = pointer.split("/");
    const field = FIELDS.find((name) => name === first);
    if (field === undefined) others += 1;
    else {
      const where = deeper.length === 0 ? detail : `/${deeper.join("/")}: ${detail}`;
      fields[field] = fields[field] === undefined ? where : `${fields[field]}; ${where}`;
    }
  }
  return { fields, error: others > 0 ? error : null, takenBy: null };
}

/** What hangs on a definition that cannot be deleted; null when that is not why. */
export type Dependents = {
  readonly agents: number;
  readonly workflows: number;
  readonly aliveAgents: number;
  readonly aliveWorkflows: number;
};

export function dependentsOf(error: Error): Dependents | null {
  if (!(error instanceof ApiError) || error.status !== 409) return null;
  const { agents, workflows, alive_agents, alive_workflows } = error.problem;
  if (typeof agents !== "number" || typeof workflows !== "number") return null;
  return { agents, workflows, aliveAgents: numberOr0(alive_agents), aliveWorkflows: numberOr0(alive_workflows) };
}

function numberOr0(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** `3 runtime agents and 1 workflow`; what there is none of is left out. */
export function sayDependents(agents: number, workflows: number): string {
  const parts = [
    ...(agents === 0 ? [] : [formatMany(agents, "runtime agent")]),
    ...(workflows === 0 ? [] : [formatMany(workflows, "workflow")]),
  ];
  return parts.length === 0 ? "nothing" : parts.join(" and ");
}
