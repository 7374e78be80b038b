import { describe, expect, test } from "bun:test";
import { Problem } from "#src/domain/problem.ts";
import {
  changeWorkflow,
  CreateWorkflow,
  planWorkflow,
  UpdateWorkflow,
  type Workflow,
  type WorkflowStatus,
} from "#src/domain/workflow.ts";
import { thrownBy } from "#test/support/thrown-by.ts";

const BORN = "2026-02-05T10:30:00.000Z";
const NOW = "2026-02-05T10:31:30.000Z";

/** From each status to each other one, in the order of the head: `=` no change, `+` changes, `-` refused. */
const HEAD: readonly WorkflowStatus[] = ["pending", "in_progress", "completed", "failed", "cancelled"];
const TABLE: Record<WorkflowStatus, string> = {
  pending: "= + + + +",
  in_progress: "- = + + +",
  completed: "- - = - -",
  failed: "- - - = -",
  cancelled: "- - - - =",
};
const ALLOWED: Record<WorkflowStatus, readonly WorkflowStatus[]> = {
  pending: ["in_progress", "completed", "failed", "cancelled"],
  in_progress: ["completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};
const FINAL: readonly WorkflowStatus[] = ["completed", "failed", "cancelled"];

const CELLS = HEAD.flatMap((from) =>
  TABLE[from].split(" ").map((outcome, column) => ({ from, to: HEAD[column]!, outcome })),
);

const CREATE = { adw_name: "adw-1", workflow_type: "sdlc" };

function workflowIn(status: WorkflowStatus, more: Partial<Workflow> = {}): Workflow {
  return { ...planWorkflow({ ...CREATE, status }, "w-1", BORN), ...more };
}

describe("workflow: every status under every command", () => {
  test("the table is whole", () => expect(CELLS).toHaveLength(25));

  test.each(CELLS.filter(({ outcome }) => outcome === "="))("$from again is no change", ({ from, to }) => {
    expect(changeWorkflow(workflowIn(from), { status: to }, NOW)).toBeNull();
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "+"))("$from may become $to", ({ from, to }) => {
    const times = FINAL.includes(to) ? { completed_at: NOW, duration_seconds: 90 } : { started_at: NOW };
    expect(changeWorkflow(workflowIn(from), { status: to }, NOW)).toEqual({ status: to, ...times, updated_at: NOW });
  });

  test.each(CELLS.filter(({ outcome }) => outcome === "-"))("$from may not become $to", ({ from, to }) => {
    const command = { status: to, current_step: "plan" };
    const problem = thrownBy(Problem, () => changeWorkflow(workflowIn(from), command, NOW));
    expect(problem.code).toBe("conflict");
    expect(problem.message).toContain(`"${from}"`);
    expect(problem.message).toContain(`"${to}"`);
    expect(problem.extra).toEqual({ allowed: ALLOWED[from] });
  });
});

describe("workflow: creation", () => {
  const TIMES: readonly ({ readonly status: WorkflowStatus } & Partial<Workflow>)[] = [
    { status: "pending", started_at: null, completed_at: null, duration_seconds: null },
    { status: "in_progress", started_at: BORN, completed_at: null, duration_seconds: null },
    { status: "completed", started_at: null, completed_at: BORN, duration_seconds: 0 },
    { status: "failed", started_at: null, completed_at: BORN, duration_seconds: 0 },
    { status: "cancelled", started_at: null, completed_at: BORN, duration_seconds: 0 },
  ];
  test.each(TIMES)("as $status it has the times of that status", ({ status, ...times }) => {
    expect(workflowIn(status)).toMatchObject({ status, ...times });
  });

  test("without a status it is pending, all else empty", () => {
    expect(planWorkflow(CREATE, "w-1", BORN)).toEqual({
      id: "w-1",
      orchestrator_agent_id: null,
      adw_name: "adw-1",
      workflow_type: "sdlc",
      description: null,
      status: "pending",
      current_step: null,
      total_steps: 0,
      completed_steps: 0,
      started_at: null,
      completed_at: null,
      duration_seconds: null,
      input_data: null,
      output_data: null,
      error_message: null,
      error_step: null,
      error_count: 0,
      metadata: null,
      created_at: BORN,
      updated_at: BORN,
    });
  });

  test("a duration that was given is kept", () => {
    const command = { ...CREATE, status: "completed" as const, duration_seconds: 42 };
    expect(planWorkflow(command, "w-1", BORN).duration_seconds).toBe(42);
  });
});

describe("workflow: duration_seconds", () => {
  const now = "2026-02-05T10:00:10.400Z";
  const DURATIONS: readonly { readonly what: string; readonly row: Partial<Workflow>; readonly seconds: number }[] = [
    { what: "counts from started_at", row: { started_at: "2026-02-05T10:00:00.000Z" }, seconds: 10 },
    { what: "is rounded to whole seconds", row: { started_at: "2026-02-05T09:59:59.800Z" }, seconds: 11 },
    {
      what: "counts from created_at when it never started",
      row: { started_at: null, created_at: "2026-02-05T10:00:05.000Z" },
      seconds: 5,
    },
    { what: "is 0 when nobody knows the beginning", row: { started_at: null, created_at: null }, seconds: 0 },
    { what: "is 0 when the beginning lies ahead", row: { started_at: "2027-01-01T00:00:00.000Z" }, seconds: 0 },
  ];
  test.each(DURATIONS)("$what", ({ row, seconds }) => {
    const change = changeWorkflow(workflowIn("in_progress", row), { status: "completed" }, now);
    expect(change).toMatchObject({ completed_at: now, duration_seconds: seconds });
  });
});

describe("workflow: what a PATCH changes", () => {
  test.each(FINAL.map((status) => ({ status })))("after $status only the status is frozen", ({ status }) => {
    const command = { status, completed_steps: 5, output_data: { pr: 7 }, error_message: "e", error_step: "test" };
    const { status: _same, ...set } = command;
    expect(changeWorkflow(workflowIn(status), command, NOW)).toEqual({ ...set, updated_at: NOW });
  });

  const workflow = workflowIn("in_progress", { current_step: "build", metadata: { a: 1, b: 2 } });
  test.each([
    ["an empty command", {}],
    ["the same step", { current_step: "build" }],
    ["equal JSON with its keys in another order", { metadata: { b: 2, a: 1 } }],
    ["null for what is null", { error_step: null, output_data: null }],
  ])("%s changes nothing", (_what, command) => {
    expect(changeWorkflow(workflow, command, NOW)).toBeNull();
  });

  test("null clears", () => {
    expect(changeWorkflow(workflow, { current_step: null, metadata: null }, NOW)).toEqual({
      current_step: null,
      metadata: null,
      updated_at: NOW,
    });
  });
});

describe("workflow: what a body may hold", () => {
  test.each([
    ["no name", { workflow_type: "sdlc" }],
    ["an empty kind", { ...CREATE, workflow_type: "" }],
    ["half a step", { ...CREATE, total_steps: 1.5 }],
    ["its times", { ...CREATE, started_at: BORN }],
    ["an unknown status", { ...CREATE, status: "running" }],
  ])("creation refuses %s", (_what, body) => {
    expect(CreateWorkflow.safeParse(body).success).toBe(false);
  });

  test.each([
    ["another name", { adw_name: "x" }],
    ["a duration", { duration_seconds: 1 }],
    ["a negative count", { completed_steps: -1 }],
  ])("an update refuses %s", (_what, body) => {
    expect(UpdateWorkflow.safeParse(body).success).toBe(false);
  });
});
