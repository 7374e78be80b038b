import { useState } from "preact/hooks";
import { announce } from "#src/ui/parts/announce.ts";
import type { Faults } from "./draft.ts";
import { type Refusal, refusalOf } from "./faults.ts";

/** How the last try to save went. */
export type Saving = Refusal & { readonly state: "idle" | "saving" | "saved" | "refused" };

const IDLE: Saving = { state: "idle", fields: {}, error: null, takenBy: null };

/** Saves a form: one try at a time, and what the server refuses at its fields. */
export function useSaving() {
  const [saving, setSaving] = useState<Saving>(IDLE);

  function refuse(refusal: Refusal): void {
    setSaving({ ...refusal, state: "refused" });
    const count = Object.keys(refusal.fields).length;
    if (count > 0) announce(`Not saved: ${count === 1 ? "one field" : `${count} fields`} must be mended`);
  }

  return {
    saving,
    /** Anything typed after it makes "saved" untrue; what was wrong stays until the next try. */
    onInput: () => setSaving((now) => (now.state === "saved" ? IDLE : now)),
    refuseFields: (fields: Faults) => refuse({ fields, error: null, takenBy: null }),
    reset: () => setSaving(IDLE),
    /** Whether it was saved. */
    async save(send: () => Promise<void>): Promise<boolean> {
      if (saving.state === "saving") return false;
      setSaving({ ...IDLE, state: "saving" });
      try {
        await send();
        setSaving({ ...IDLE, state: "saved" });
        announce("Saved");
        return true;
      } catch (error) {
        refuse(refusalOf(error as Error));
        return false;
      }
    },
  };
}
