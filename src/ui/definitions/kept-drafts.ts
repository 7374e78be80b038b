import { useEffect, useState } from "preact/hooks";
import { type Draft, type Editing, editedFields, mergeTheirs, startEditing } from "./draft.ts";

/** What was typed and not saved, by the definition it belongs to: it outlives a look at another view. */
const kept = new Map<string, Editing>();

/** A new definition, which has no id. */
export const NEW = "";

/** Begins a new definition with what stands in a form. */
export function keepAsNew(draft: Draft): void {
  kept.set(NEW, { ...startEditing(), draft });
}

/** A form that keeps what is typed, whatever comes by the feed. @param theirs what is stored, as it was read last */
export function useEditing(id: string, theirs: Draft | undefined) {
  const [editing, setEditing] = useState(() => kept.get(id) ?? startEditing(theirs));
  const isEdited = editedFields(editing).length > 0;
  useEffect(() => {
    if (theirs !== undefined) setEditing((now) => mergeTheirs(now, theirs));
  }, [theirs]);
  useEffect(() => {
    if (isEdited) kept.set(id, editing);
    else kept.delete(id);
  }, [editing, isEdited]);
  useEffect(() => {
    if (!isEdited) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isEdited]);
  return { editing, setEditing, isEdited };
}

/** Forgets what was typed. */
export function forgetDraft(id: string): void {
  kept.delete(id);
}
