import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { formatMany, formatUsd } from "#src/ui/parts/format.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { navigate } from "#src/ui/shell/use-route.ts";
import { useTitle } from "#src/ui/shell/use-title.ts";
import { useSource } from "#src/ui/store/use-store.ts";
import { announce } from "#src/ui/parts/announce.ts";
import { Active } from "./active.tsx";
import { definitionSource, type Usage } from "./definitions-source.ts";
import { draftOf } from "./draft.ts";
import { EditDefinition } from "./edit-definition.tsx";
import { forgetDraft, keepAsNew } from "./kept-drafts.ts";
import { useRef } from "preact/hooks";

type Props = {
  readonly id: string;
  /** Undefined while it is being read. */
  readonly usage: Usage | undefined;
  readonly closeHref: string;
  readonly newHref: string;
  readonly hrefOfId: (id: string) => string;
};

/** One definition: what it is, and the form that changes it. */
export function DefinitionPanel({ id, usage, closeHref, newHref, hrefOfId }: Props) {
  const slice = useSource(definitionSource(id));
  const last = useRef<OrchestratorAgent | null>(null);
  if (slice.value) last.current = slice.value;
  const row = slice.value ?? last.current;
  useTitle(row?.name ?? null);
  function onDeleted(): void {
    forgetDraft(id);
    announce(`${row?.name ?? "The definition"} was deleted`);
    navigate(closeHref);
  }
  return (
    <section class="panel" aria-labelledby="definition-heading">
      <div class="definition-head">
        <h2 id="definition-heading" tabIndex={-1}>
          {row === null ? "Definition" : <bdi>{plainText(row.name)}</bdi>}
        </h2>
        <a class="button" href={closeHref}>
          Close
        </a>
      </div>
      <SliceView slice={slice} what="the definition">
        {(value) =>
          value === null ? (
            <Gone row={last.current} newHref={newHref} />
          ) : (
            <>
              <About row={value} usage={usage} />
              <EditDefinition
                row={value}
                onChanged={(changed) => slice.put(() => changed)}
                onDeleted={onDeleted}
                hrefOfId={hrefOfId}
              />
            </>
          )
        }
      </SliceView>
    </section>
  );
}

function About({ row, usage }: { readonly row: OrchestratorAgent; readonly usage: Usage | undefined }) {
  return (
    <p class="definition-about muted">
      <Active isActive={row.is_active} />
      {usage === undefined ? null : (
        <span>
          {formatMany(usage.agents, "run")}, {formatUsd(usage.cost_usd)}
        </span>
      )}
      <span>
        Created <Time at={row.created_at} as="full" />
      </span>
      <span>
        Changed <Time at={row.updated_at} as="full" />
      </span>
      <span class="definition-id">
        <code>{plainText(row.id)}</code> <CopyButton text={row.id} what="id" />
      </span>
    </p>
  );
}

/** Where a definition was that is no more. What was typed into its form is not lost. */
function Gone({ row, newHref }: { readonly row: OrchestratorAgent | null; readonly newHref: string }) {
  if (row === null) return <p class="empty">There is no definition with this id.</p>;
  return (
    <div class="notice notice-bad" role="alert">
      <p>This definition was deleted meanwhile.</p>
      <a class="button" href={newHref} onClick={() => keepAsNew(draftOf(row))}>
        Define it anew
      </a>
    </div>
  );
}
