import { useEffect, useRef } from "preact/hooks";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import type { ViewProps } from "#src/ui/shell/route.ts";
import { useLatestSource, useSource } from "#src/ui/store/use-store.ts";
import { DefinitionFilters } from "./definition-filters.tsx";
import { DefinitionList } from "./definition-list.tsx";
import { DefinitionPanel } from "./definition-panel.tsx";
import { definitionsHref, filterOf } from "./definitions-address.ts";
import { type DefinitionFilter, definitionsSource, USAGE, type Usage } from "./definitions-source.ts";
import { NewDefinition } from "./new-definition.tsx";

const NEVER_RAN: Usage = { agents: 0, cost_usd: 0 };
const CLOSED = { id: undefined, new: undefined };

/** The kinds of agents: a list, and one of them beside it, which stands in the address. */
export function DefinitionsView({ query }: ViewProps) {
  const filter = filterOf(query);
  const list = useLatestSource(definitionsSource(filter));
  const { value: usage } = useSource(USAGE);
  const id = query.get("id");
  const isNew = id === null && query.get("new") !== null;
  const hrefOfId = (of: string) => definitionsHref(query, { ...CLOSED, id: of });
  const newHref = definitionsHref(query, { ...CLOSED, new: "1" });
  useFocus(id ?? (isNew ? "new" : null));
  const isOpen = isNew || id !== null;
  return (
    <div class={isOpen ? "definitions definitions-open" : "definitions"}>
      <section class="definitions-list" aria-labelledby="definitions-heading">
        <h2 id="definitions-heading" class="visually-hidden" tabIndex={-1}>
          All definitions
        </h2>
        <div class="toolbar">
          <DefinitionFilters query={query} />
          <a class="button" href={newHref}>
            New definition
          </a>
        </div>
        <SliceView slice={list} what="definitions">
          {(value) =>
            value.rows.length === 0 && value.cursor === null ? (
              <Nothing filter={filter} newHref={newHref} />
            ) : (
              <DefinitionList
                list={value}
                filter={filter}
                usage={usage}
                selected={id}
                hrefOfId={hrefOfId}
                onMore={({ rows, cursor }) =>
                  list.put((known) => {
                    const ids = new Set(known.rows.map((row) => row.id));
                    return { cursor, rows: [...known.rows, ...rows.filter((row) => !ids.has(row.id))] };
                  })
                }
              />
            )
          }
        </SliceView>
      </section>
      {id !== null ? (
        <DefinitionPanel
          key={id}
          id={id}
          usage={usage === undefined ? undefined : (usage.get(id) ?? NEVER_RAN)}
          closeHref={definitionsHref(query, CLOSED)}
          newHref={newHref}
          hrefOfId={hrefOfId}
        />
      ) : null}
      {isNew ? (
        <section class="panel" aria-labelledby="definition-heading">
          <div class="definition-head">
            <h2 id="definition-heading" tabIndex={-1}>
              New definition
            </h2>
            <a class="button" href={definitionsHref(query, CLOSED)}>
              Close
            </a>
          </div>
          <NewDefinition hrefOfId={hrefOfId} />
        </section>
      ) : null}
    </div>
  );
}

/** The focus follows what is opened; closed, it goes back to its row, or to the list where that is gone. */
function useFocus(open: string | null): void {
  const before = useRef(open);
  useEffect(() => {
    const closed = before.current;
    if (closed === open) return;
    before.current = open;
    const field = open === "new" ? document.querySelector<HTMLElement>('.definition-form [name="name"]') : null;
    const place =
      open === null
        ? (document.getElementById(`definition-row-${closed}`) ?? document.getElementById("definitions-heading"))
        : (field ?? document.getElementById("definition-heading"));
    place?.focus();
  }, [open]);
}

function Nothing({ filter, newHref }: { readonly filter: DefinitionFilter; readonly newHref: string }) {
  const isNarrowed = Object.keys(filter).length > 0;
  return (
    <div class="empty">
      {isNarrowed ? (
        <p>No definition is like that.</p>
      ) : (
        <>
          <p>A definition is a kind of agent that can be run. The first agent that reports itself brings its own.</p>
          <a href={newHref}>Define one</a>
        </>
      )}
    </div>
  );
}
