import { useEffect, useMemo, useState } from "preact/hooks";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { announce } from "#src/ui/parts/announce.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { ChangedElsewhere } from "./changed-elsewhere.tsx";
import { DefinitionForm } from "./definition-form.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { afterSave, draftOf, readDraft, startEditing, withField } from "./draft.ts";
import { useEditing } from "./kept-drafts.ts";
import { Refused, SaveRow } from "./save-row.tsx";
import { useSaving } from "./use-saving.ts";

type Props = {
  readonly row: OrchestratorAgent;
  /** The row as a command has answered it. */
  readonly onChanged: (row: OrchestratorAgent) => void;
  readonly onDeleted: () => void;
  readonly hrefOfId: (id: string) => string;
};

/** Changes a definition: its fields together, whether it is active at once. */
export function EditDefinition({ row, onChanged, onDeleted, hrefOfId }: Props) {
  const { client } = useStore();
  const theirs = useMemo(() => draftOf(row), [row]);
  const { editing, setEditing, isEdited } = useEditing(row.id, theirs);
  const { saving, onInput, refuseFields, reset, save } = useSaving();
  const [isDeleting, setDeleting] = useState(false);
  useEffect(() => {
    if (editing.changed.length > 0) announce("This definition was changed elsewhere meanwhile");
  }, [editing.changed.length]);

  async function saveFields(): Promise<void> {
    const read = readDraft(editing);
    if ("faults" in read) return refuseFields(read.faults);
    if (Object.keys(read.body).length === 0) return announce("There is nothing to save");
    await save(async () => {
      const saved = await client.updateOrchestratorAgent(row.id, read.body);
      setEditing((now) => afterSave(now, editing.draft, draftOf(saved)));
      onChanged(saved);
    });
  }

  async function setActive(isActive: boolean): Promise<boolean> {
    return save(async () => onChanged(await client.updateOrchestratorAgent(row.id, { is_active: isActive })));
  }

  return (
    <>
      <DefinitionForm
        draft={editing.draft}
        faults={saving.fields}
        onInput={(field, text) => {
          setEditing((now) => withField(now, field, text));
          onInput();
        }}
        onSubmit={() => void saveFields()}
        above={
          <>
            <Refused saving={saving} what="The definition was not changed" hrefOfId={hrefOfId} />
            <ChangedElsewhere
              editing={editing}
              onTheirs={() => setEditing(startEditing(theirs))}
              onMine={() => setEditing((now) => ({ ...now, changed: [] }))}
            />
          </>
        }
      >
        <SaveRow
          label="Save"
          saving={saving}
          isEdited={isEdited}
          onDiscard={() => {
            setEditing(startEditing(theirs));
            reset();
          }}
        >
          <button type="button" onClick={() => void setActive(!row.is_active)}>
            {row.is_active ? "Deactivate" : "Activate"}
          </button>
          <button type="button" class="danger" onClick={() => setDeleting(true)}>
            Delete…
          </button>
        </SaveRow>
      </DefinitionForm>
      {isDeleting ? (
        <DeleteDialog
          row={row}
          onClose={() => setDeleting(false)}
          onDeleted={onDeleted}
          onDeactivate={async () => {
            setDeleting(false);
            await setActive(false);
          }}
        />
      ) : null}
    </>
  );
}
