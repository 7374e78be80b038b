import { useEffect, useRef, useState } from "preact/hooks";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { Dialog } from "#src/ui/parts/dialog.tsx";
import { Failure } from "#src/ui/parts/failure.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { type Dependents, dependentsOf, sayDependents } from "./faults.ts";

type Props = {
  readonly row: OrchestratorAgent;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
  readonly onDeactivate: () => void;
};

/** Deletes a definition once it is confirmed; where something hangs on it, tells what and what can be done. */
export function DeleteDialog({ row, onClose, onDeleted, onDeactivate }: Props) {
  const { client } = useStore();
  const [dependents, setDependents] = useState<Dependents | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (dependents !== null) told.current?.focus();
  }, [dependents]);

  async function remove(cascade: boolean): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      await client.deleteOrchestratorAgent(row.id, cascade ? { cascade } : {});
      onDeleted();
    } catch (failure) {
      const found = dependentsOf(failure as Error);
      if (found === null) setError(failure as Error);
      else setDependents(found);
      setBusy(false);
    }
  }

  const isAlive = dependents !== null && dependents.aliveAgents + dependents.aliveWorkflows > 0;
  return (
    <Dialog title={`Delete ${plainText(row.name)}?`} onClose={onClose}>
      {error === null ? null : <Failure error={error} what="It was not deleted" />}
      <div ref={told} tabIndex={-1} class="definition-told">
        <Told dependents={dependents} isActive={row.is_active} />
      </div>
      <div class="actions">
        {isAlive ? (
          row.is_active && (
            <button type="button" class="primary" onClick={onDeactivate}>
              Deactivate instead
            </button>
          )
        ) : (
          <button type="button" class="danger" aria-disabled={isBusy} onClick={() => void remove(dependents !== null)}>
            {isBusy ? "Deleting…" : dependents === null ? "Delete" : "Delete all of it"}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {isAlive ? "Close" : "Cancel"}
        </button>
      </div>
    </Dialog>
  );
}

function Told({ dependents, isActive }: { readonly dependents: Dependents | null; readonly isActive: boolean }) {
  if (dependents === null) return <p>This cannot be undone. To keep its history, deactivate it instead.</p>;
  const { agents, workflows, aliveAgents, aliveWorkflows } = dependents;
  const all = sayDependents(agents, workflows);
  if (aliveAgents + aliveWorkflows === 0) {
    return (
      <>
        <p>
          <strong>It was not deleted: {all} belong to it, all of them ended.</strong>
        </p>
        <p>Deleting takes them with it, and their prompts and logs. This cannot be undone.</p>
      </>
    );
  }
  return (
    <>
      <p>
        <strong>
          It cannot be deleted: of {all} that belong to it, {sayDependents(aliveAgents, aliveWorkflows)}{" "}
          {aliveAgents + aliveWorkflows === 1 ? "is" : "are"} alive.
        </strong>
      </p>
      <p>
        End {aliveAgents + aliveWorkflows === 1 ? "it" : "them"} first.
        {isActive ? " Or deactivate the definition: it stays, and says that it is not to be used any more." : ""}
      </p>
    </>
  );
}
