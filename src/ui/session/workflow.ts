import type { Change } from "#src/client/client.ts";
import type { Workflow } from "#src/domain/workflow.ts";
import type { Source } from "#src/ui/store/source.ts";

/** A workflow as the feed tells it. */
export type WorkflowShown = Omit<Workflow, "input_data" | "output_data" | "metadata"> & {
  /** As its metadata names them, in their order, whether begun or not; the feed does not tell them. */
  readonly steps: readonly string[];
};

const PAGE = 200;
const PAGES = 10;
/** Characters of a step's name. */
const MOST_STEP = 255;
/** A workflow is stored before its first agent, but hardly earlier. */
const EARLIER_MS = 24 * 3_600_000;

/**
 * The workflows of a session, the newest first: those whose id or name is that of the session. They are looked for in the
 * list, for asking for one that is not there is an error; down to a time before the session began.
 */
export function workflowsSource(sessionId: string, began: string | null): Source<readonly WorkflowShown[]> {
  const oldest = began === null ? Number.NEGATIVE_INFINITY : Date.parse(began) - EARLIER_MS;
  return {
    key: `workflows ${sessionId}`,
    async load(client, options) {
      const value: WorkflowShown[] = [];
      let seq: number | null = null;
      let cursor: string | null = null;
      for (let pages = 0; pages < PAGES && (pages === 0 || cursor !== null); pages += 1) {
        const page = await client.listWorkflows({ limit: PAGE, cursor }, options);
        value.push(...page.rows.filter((row) => isOf(row, sessionId)).map(shownOf));
        seq ??= page.seq;
        const last = page.rows.at(-1)?.created_at ?? null;
        cursor = last !== null && Date.parse(last) < oldest ? null : page.cursor;
      }
      return { seq: seq!, value };
    },
    reduce: (value, changes) => reduceWorkflows(value, changes, sessionId),
    outdates: (change) => change.type === "workflow.created" && isOf(change.data, sessionId),
  };
}

export function reduceWorkflows(
  value: readonly WorkflowShown[],
  changes: readonly Change[],
  sessionId: string,
): readonly WorkflowShown[] {
  let rows = value;
  for (const change of changes) {
    if (change.type === "workflow.deleted") {
      const left = rows.filter(({ id }) => id !== change.id);
      if (left.length < rows.length) rows = left;
    } else if (change.type === "workflow.created" || change.type === "workflow.updated") {
      const row = change.data;
      if (!isOf(row, sessionId)) continue;
      const known = rows.find(({ id }) => id === row.id);
      const next = { ...row, steps: known?.steps ?? [] };
      rows = known === undefined ? [next, ...rows] : rows.map((one) => (one === known ? next : one));
    }
  }
  return rows;
}

/** More are no plan. */
const MOST_STEPS = 50;

function shownOf(workflow: Workflow): WorkflowShown {
  const { input_data: _input, output_data: _output, metadata, ...row } = workflow;
  const steps = (metadata as { readonly steps?: unknown } | null)?.steps;
  const isName = (step: unknown) => typeof step === "string" && step.trim() !== "" && step.length <= MOST_STEP;
  return { ...row, steps: Array.isArray(steps) ? [...new Set<string>(steps.filter(isName))].slice(0, MOST_STEPS) : [] };
}

function isOf({ id, adw_name }: Pick<WorkflowShown, "id" | "adw_name">, sessionId: string): boolean {
  return id === sessionId || adw_name === sessionId;
}

type Stepping = {
  readonly id: string;
  readonly started_at: string | null;
  readonly context: unknown;
  readonly name: string | null;
  readonly definition: string | null;
};

/** A step of a workflow with the agents that did it, in order of their start. */
export type Lane<Agent> = { readonly step: string; readonly agents: readonly Agent[] };

/** The steps in order of their start; an agent's step is its context where that is a text, else its name. */
export function lanesOf<Agent extends Stepping>(agents: Iterable<Agent>): Lane<Agent>[] {
  const sorted = [...agents].toSorted((a, b) => timeOf(a) - timeOf(b));
  const lanes = new Map<string, Agent[]>();
  for (const agent of sorted) {
    const step = stepOf(agent);
    const lane = lanes.get(step);
    if (lane === undefined) lanes.set(step, [agent]);
    else lane.push(agent);
  }
  return [...lanes].map(([step, members]) => ({ step, agents: members }));
}

export function stepOf({ context, name, definition, id }: Stepping): string {
  const text = typeof context === "string" ? context.trim() : "";
  return text === "" || text.length > MOST_STEP ? (name ?? definition ?? id) : text;
}

function timeOf({ started_at }: Stepping): number {
  return started_at === null ? 0 : Date.parse(started_at);
}

/** Whether a step that a workflow names is that of a lane: `plan` is `adw_plan_iso`, and `plan: checkout`. */
export function isStep(named: string | null, step: string): boolean {
  if (named === null || named.trim() === "") return false;
  const [one, other] = [wordsOf(named), wordsOf(step)];
  return one.join(" ") === other.join(" ") || (one.length === 1 && one[0] === other[0]);
}

/** Without what frames a step's name: `adw_plan_iso` is about `plan`. */
function wordsOf(name: string): string[] {
  const words = name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  const bare = words.filter((word) => word !== "adw" && word !== "iso");
  return bare.length === 0 ? words : bare;
}
