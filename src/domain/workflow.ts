import { z } from "zod";
import { changedFields } from "./changed-fields.ts";
import { anyOfSet, anyText, listQuery, type PageRequest } from "./listing.ts";
import { illegalTransition } from "./problem.ts";
import { Timestamp, toMillis } from "./timestamp.ts";
import { Count, Id, Json, StoredJson, requiredText, text } from "./values.ts";
import { WORKFLOW_STATUSES } from "./vocabulary.ts";

export const WorkflowStatus = z
  .enum(WORKFLOW_STATUSES)
  .meta({ id: "WorkflowStatus", description: "Final: completed, failed, cancelled" });
export type WorkflowStatus = z.infer<typeof WorkflowStatus>;

/** An AI developer workflow (ADW): steps such as plan, build, test, review. */
export const Workflow = z
  .strictObject({
    id: z.string(),
    orchestrator_agent_id: z.string().nullable(),
    adw_name: z.string(),
    workflow_type: z.string(),
    description: z.string().nullable(),
    status: WorkflowStatus,
    current_step: z.string().nullable(),
    total_steps: Count.nullable(),
    completed_steps: Count.nullable(),
    started_at: Timestamp.nullable(),
    completed_at: Timestamp.nullable(),
    duration_seconds: Count.nullable(),
    input_data: StoredJson,
    output_data: StoredJson,
    error_message: z.string().nullable(),
    error_step: z.string().nullable(),
    error_count: Count.nullable(),
    metadata: StoredJson,
    created_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
  })
  .meta({ id: "Workflow", description: "An AI developer workflow (ADW): steps such as plan, build, test, review" });
export type Workflow = z.infer<typeof Workflow>;

const progress = {
  status: WorkflowStatus.optional(),
  current_step: text(255).nullish(),
  total_steps: Count.nullish(),
  completed_steps: Count.nullish(),
  output_data: Json.optional(),
  error_message: text().nullish(),
  error_step: text(255).nullish(),
  metadata: Json.optional(),
};

export const CreateWorkflow = z
  .strictObject({
    adw_name: requiredText(255).meta({ examples: ["adw-7f3a"] }),
    workflow_type: requiredText(64).meta({ examples: ["sdlc"] }),
    orchestrator_agent_id: Id.nullish(),
    description: text().nullish(),
    input_data: Json.optional(),
    error_count: Count.optional(),
    duration_seconds: Count.nullish().meta({ description: "Seconds" }),
    ...progress,
  })
  .meta({ id: "CreateWorkflow", examples: [{ adw_name: "adw-7f3a", workflow_type: "sdlc", total_steps: 5 }] });
export type CreateWorkflow = z.infer<typeof CreateWorkflow>;

export const UpdateWorkflow = z.strictObject(progress).meta({
  id: "UpdateWorkflow",
  description: "Only the given fields change; null clears one",
  examples: [{ status: "in_progress", current_step: "build", completed_steps: 1 }],
});
export type UpdateWorkflow = z.infer<typeof UpdateWorkflow>;

export const WorkflowQuery = listQuery({
  status: anyOfSet(WORKFLOW_STATUSES),
  workflow_type: anyText("Kind of workflow"),
});
export type WorkflowFilter = Omit<z.infer<typeof WorkflowQuery>, keyof PageRequest>;

const NEXT: Record<WorkflowStatus, readonly WorkflowStatus[]> = {
  pending: ["in_progress", "completed", "failed", "cancelled"],
  in_progress: ["completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The workflow that a create command asks for. */
export function planWorkflow(command: CreateWorkflow, id: string, now: string): Workflow {
  const status = command.status ?? "pending";
  const ended = NEXT[status].length === 0;
  return {
    id,
    orchestrator_agent_id: command.orchestrator_agent_id ?? null,
    adw_name: command.adw_name,
    workflow_type: command.workflow_type,
    description: command.description ?? null,
    status,
    current_step: command.current_step ?? null,
    total_steps: command.total_steps ?? 0,
    completed_steps: command.completed_steps ?? 0,
    started_at: status === "in_progress" ? now : null,
    completed_at: ended ? now : null,
    duration_seconds: command.duration_seconds ?? (ended ? 0 : null),
    input_data: command.input_data ?? null,
    output_data: command.output_data ?? null,
    error_message: command.error_message ?? null,
    error_step: command.error_step ?? null,
    error_count: command.error_count ?? 0,
    metadata: command.metadata ?? null,
    created_at: now,
    updated_at: now,
  };
}

/** What an update changes against the workflow's present state; null when nothing. Throws a conflict. */
export function changeWorkflow(workflow: Workflow, command: UpdateWorkflow, now: string): Partial<Workflow> | null {
  const set = changedFields(workflow, command);
  if (Object.keys(set).length === 0) return null;
  if (set.status === undefined) return { ...set, updated_at: now };
  const allowed = NEXT[workflow.status];
  if (!allowed.includes(set.status)) throw illegalTransition("workflow", workflow.status, set.status, allowed);
  return { ...set, ...statusTimes(workflow, set.status, now), updated_at: now };
}

function statusTimes(workflow: Workflow, status: WorkflowStatus, now: string): Partial<Workflow> {
  if (status === "in_progress") return { started_at: now };
  const began = toMillis(workflow.started_at ?? workflow.created_at) ?? toMillis(now)!;
  const seconds = Math.max(0, Math.round((toMillis(now)! - began) / 1000));
  return { completed_at: now, duration_seconds: seconds };
}
