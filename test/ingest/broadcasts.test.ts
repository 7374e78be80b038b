import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { readBroadcast } from "#src/ingest/broadcasts.ts";

const read = (message: object) => readBroadcast(JSON.stringify(message));
const adw = (broadcast_type: string, fields: object) => read({ type: "adw_broadcast", broadcast_type, ...fields });
const agent = (broadcast_type: string, fields: object) => read({ type: "agent_broadcast", broadcast_type, ...fields });

describe("of a workflow", () => {
  test("what is left empty changes nothing", () => {
    const fields = {
      adw_id: "w",
      status: "in_progress",
      current_step: null,
      completed_steps: null,
      error_message: null,
    };
    expect(adw("adw_status", fields)).toEqual({
      name: "adw_broadcast/adw_status",
      workflow: { id: "w", create: null, update: { status: "in_progress" } },
      note: null,
    });
  });

  test("only a whole row makes one", () => {
    const row = { id: "w", adw_name: "n", workflow_type: "t", total_steps: 2 };
    for (const type of ["adw_created", "adw_updated"]) {
      expect(adw(type, { adw: row })).toMatchObject({
        workflow: { id: "w", create: { adw_name: "n", total_steps: 2 } },
      });
    }
    expect(adw("adw_updated", { adw_id: "w", adw: { status: "failed" } })).toMatchObject({
      workflow: { create: null },
    });
    expect(adw("adw_created", { adw: { id: "w" } })).toMatchObject({ workflow: { create: { adw_name: "w" } } });
    expect(adw("adw_created", { adw: { adw_name: "7f3a" } })).toMatchObject({ workflow: { id: "7f3a" } });
  });

  test.each([
    ["running", "in_progress"],
    ["complete", "completed"],
    ["error", "failed"],
    ["sleeping", undefined],
    ["constructor", undefined],
    [7, undefined],
  ])("the status %j is %j", (status, ours) => {
    const { workflow } = adw("adw_status", { adw_id: "w", status, completed_steps: 1 }) as never as {
      workflow: { update: object };
    };
    expect(workflow.update).toEqual({ ...(ours === undefined ? {} : { status: ours }), completed_steps: 1 });
  });

  test("a step that starts moves it on, one that ends is only noted", () => {
    const step = (event_type: string) =>
      adw("adw_step_change", { adw_id: "w", step: "build", event_type, payload: {} });
    expect(step("StepStart")).toMatchObject({
      workflow: { update: { current_step: "build" } },
      note: { message: "StepStart: build" },
    });
    expect(step("StepEnd")).toEqual({
      name: "adw_broadcast/adw_step_change",
      note: expect.objectContaining({ message: "StepEnd: build" }),
    });
  });
});

describe("of an agent", () => {
  test.each([
    ["complete", "completed"],
    ["blocked", "waiting"],
    ["running", "executing"],
  ])("the status %s is %s", (status, ours) => {
    const change = { agent_id: "a", old_status: "idle", new_status: status };
    expect(agent("agent_status_changed", change)).toMatchObject({
      agent: { id: "a", create: null, update: { status: ours } },
    });
  });

  test("an unknown status is noted", () => {
    expect(agent("agent_status_changed", { agent_id: "a", new_status: "\u001b[2Jx" })).toEqual({
      name: "agent_broadcast/agent_status_changed",
      note: expect.objectContaining({ agentId: "a", level: "DEBUG", message: "An unknown status: [2Jx" }),
    });
  });

  test("nothing that costs less than nothing is taken", () => {
    expect(agent("agent_updated", { agent_id: "a", agent: { total_cost: -1 } })).toMatchObject({
      agent: { update: {} },
      note: null,
    });
  });
});

test.each([
  ["adw_broadcast", "adw_created"],
  ["adw_broadcast", "adw_status"],
  ["adw_broadcast", "adw_event"],
  ["adw_broadcast", "adw_step_change"],
  ["adw_broadcast", "adw_event_summary_update"],
  ["agent_broadcast", "agent_created"],
  ["agent_broadcast", "agent_updated"],
  ["agent_broadcast", "agent_status_changed"],
])("%s/%s says what it is about", (type, broadcast_type) => {
  expect(read({ type, broadcast_type })).toEqual({ wrong: expect.stringContaining("names no") });
});

test("ids that cannot be stored become others, always the same", () => {
  const id = (given: string) =>
    (adw("adw_status", { adw_id: given }) as never as { workflow: { id: string } }).workflow.id;
  expect(id("w\0")).toBe(id("w\0"));
  expect(id("w\0")).not.toBe(id("x\0"));
  expect(id("x".repeat(10_000)).length).toBeLessThan(30);
});

test("nothing is too wrong to be read", () => {
  const part = fc.oneof(fc.jsonValue(), fc.constantFrom("StepStart", "SystemError", "w", "__proto__", "constructor"));
  const fields = fc.record(
    {
      adw_id: part,
      adw: part,
      agent_id: part,
      agent: part,
      event: part,
      step: part,
      status: part,
      new_status: part,
      event_type: part,
    },
    { requiredKeys: [] },
  );
  const kind = fc.constantFrom(
    ...["adw_created", "adw_updated", "adw_status", "adw_event", "adw_step_change"].map((one) => [
      "adw_broadcast",
      one,
    ]),
    ...["agent_created", "agent_updated", "agent_status_changed", "other"].map((one) => ["agent_broadcast", one]),
  );
  fc.assert(
    fc.property(kind, fields, ([type, broadcast_type], rest) => {
      const known = read({ ...rest, type, broadcast_type });
      expect(typeof known).toBe("object");
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void readBroadcast(text)));
});
