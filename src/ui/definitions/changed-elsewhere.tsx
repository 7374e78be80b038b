import { type Editing, editedFields, type Field } from "./draft.ts";

const LABELS: Readonly<Record<Field, string>> = {
  name: "name",
  agent_type: "type",
  default_model: "default model",
  description: "description",
  capabilities: "capabilities",
  config: "config",
  metadata: "metadata",
};

type Props = {
  readonly editing: Editing;
  readonly onTheirs: () => void;
  readonly onMine: () => void;
};

/** Says that somebody else changed what is being edited, and what becomes of it. */
export function ChangedElsewhere({ editing, onTheirs, onMine }: Props) {
  const { changed } = editing;
  if (changed.length === 0) return null;
  const edited = editedFields(editing);
  const both = changed.filter((field) => edited.includes(field));
  return (
    <div class="notice">
      <p>
        <strong>Changed elsewhere meanwhile: {say(changed)}.</strong>{" "}
        {both.length === 0
          ? "You have not edited these: the form shows the new values."
          : `What you typed is kept: saving replaces what the others wrote in ${say(both)}.`}
      </p>
      <span class="toolbar definition-choice">
        {both.length === 0 ? null : (
          <button type="button" onClick={onTheirs}>
            Take theirs, drop mine
          </button>
        )}
        <button type="button" onClick={onMine}>
          {both.length === 0 ? "Dismiss" : "Keep mine"}
        </button>
      </span>
    </div>
  );
}

function say(fields: readonly Field[]): string {
  return fields.map((field) => LABELS[field]).join(", ");
}
