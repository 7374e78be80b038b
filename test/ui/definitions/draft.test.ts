import { expect, test } from "bun:test";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { afterSave, draftOf, editedFields, mergeTheirs, readDraft, startEditing } from "#src/ui/definitions/draft.ts";

const ROW: OrchestratorAgent = {
  id: "d1",
  name: "feature-planner",
  description: null,
  agent_type: "planner",
  capabilities: "planning,analysis",
  default_model: "claude-opus-4-5",
  is_active: true,
  config: { max_cost_usd: 10 },
  metadata: null,
  created_at: "2026-02-01T00:00:00.000Z",
  updated_at: "2026-02-01T00:00:00.000Z",
};
const BASE = draftOf(ROW);
const typed = (draft: Partial<typeof BASE>) => ({ base: BASE, draft: { ...BASE, ...draft }, changed: [] });

test("only what was edited is sent; an emptied optional field is cleared, JSON is read", () => {
  expect(readDraft(typed({}))).toEqual({ body: {} });
  const edited = typed({ name: "planner", default_model: "", config: "", metadata: '{"a": [1]}' });
  expect(readDraft(edited)).toEqual({
    body: { name: "planner", default_model: null, config: null, metadata: { a: [1] } },
  });
});

test("a name that was emptied is the server's to refuse", () => {
  expect(readDraft(typed({ name: "" }))).toEqual({ body: { name: "" } });
});

test("JSON that is written in another way is no edit", () => {
  expect(editedFields(typed({ config: '{"max_cost_usd":10}' }))).toEqual([]);
});

test("what is not JSON is told at its field, and nothing is sent", () => {
  const read = readDraft(typed({ name: "x", config: "{", metadata: "nope" }));
  expect("faults" in read && Object.keys(read.faults)).toEqual(["config", "metadata"]);
});

test("text of another program in a JSON field is shown as a JSON string", () => {
  expect(draftOf({ ...ROW, metadata: "plain" }).metadata).toBe('"plain"');
  expect(draftOf({ ...ROW, metadata: 0 }).metadata).toBe("0");
});

test("JSON of another program that is nested too deep to be indented is shown whole, and is no edit", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const base = draftOf({ ...ROW, metadata: JSON.parse(deep) as OrchestratorAgent["metadata"] });
  expect(base.metadata).toBe(deep);
  const editing = { base, draft: { ...base, metadata: ` ${deep}` }, changed: [] };
  expect(editedFields(editing)).toEqual([]);
});

test("a form without edits follows what is stored, and says nothing", () => {
  const theirs = { ...BASE, name: "renamed" };
  expect(mergeTheirs(startEditing(BASE), theirs)).toEqual({ base: theirs, draft: theirs, changed: [] });
});

test("what was typed stays when others change the same, and what else they changed is shown", () => {
  const theirs = { ...BASE, name: "theirs", description: "also theirs" };
  const merged = mergeTheirs(typed({ name: "mine" }), theirs);
  expect(merged.draft).toEqual({ ...theirs, name: "mine" });
  expect(merged.changed).toEqual(["name", "description"]);
  expect(readDraft(merged)).toEqual({ body: { name: "mine" } });
});

test("others that write the same as what was typed change nothing to be told", () => {
  const merged = mergeTheirs(typed({ name: "same" }), { ...BASE, name: "same" });
  expect([merged.changed, editedFields(merged)]).toEqual([[], []]);
});

test("the same row again is no change", () => {
  const editing = typed({ name: "mine" });
  expect(mergeTheirs(editing, { ...BASE })).toBe(editing);
});

test("after saving, the form shows what was stored, and keeps what was typed meanwhile", () => {
  const sent = { ...BASE, name: "mine", config: '{"max_cost_usd":12}' };
  const saved = { ...sent, config: '{\n  "max_cost_usd": 12\n}' };
  const now = { base: BASE, draft: { ...sent, description: "typed meanwhile" }, changed: ["name"] as const };
  const after = afterSave(now, sent, saved);
  expect(after).toEqual({ base: saved, draft: { ...saved, description: "typed meanwhile" }, changed: [] });
  expect(editedFields(after)).toEqual(["description"]);
});
