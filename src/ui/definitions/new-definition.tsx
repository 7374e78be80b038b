import type { CreateOrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { navigate } from "#src/ui/shell/use-route.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { DefinitionForm } from "./definition-form.tsx";
import { readDraft, startEditing, withField } from "./draft.ts";
import { forgetDraft, NEW, useEditing } from "./kept-drafts.ts";
import { SaveRow, Refused } from "./save-row.tsx";
import { useSaving } from "./use-saving.ts";

type Props = {
  /** The address of a definition. */
  readonly hrefOfId: (id: string) => string;
};

/** Defines a kind of agent. */
export function NewDefinition({ hrefOfId }: Props) {
  const { client } = useStore();
  const { editing, setEditing, isEdited } = useEditing(NEW, undefined);
  const { saving, onInput, refuseFields, reset, save } = useSaving();

  async function create(): Promise<void> {
    const read = readDraft(editing);
    if ("faults" in read) return refuseFields(read.faults);
    let id = "";
    // A name and a type that were left empty are the server's to refuse.
    const body = { name: "", agent_type: "", ...read.body } as CreateOrchestratorAgent;
    const isCreated = await save(async () => {
      ({ id } = await client.createOrchestratorAgent(body));
    });
    if (!isCreated) return;
    forgetDraft(NEW);
    setEditing(startEditing());
    navigate(hrefOfId(id));
  }

  return (
    <DefinitionForm
      draft={editing.draft}
      faults={saving.fields}
      onInput={(field, text) => {
        setEditing((now) => withField(now, field, text));
        onInput();
      }}
      onSubmit={() => void create()}
      above={<Refused saving={saving} what="The definition was not created" hrefOfId={hrefOfId} />}
    >
      <SaveRow
        label="Create"
        saving={saving}
        isEdited={isEdited}
        onDiscard={() => {
          setEditing(startEditing());
          reset();
        }}
      />
    </DefinitionForm>
  );
}
