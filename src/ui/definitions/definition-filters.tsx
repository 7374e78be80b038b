import { useEffect, useRef, useState } from "preact/hooks";
import { AGENT_TYPES } from "#src/domain/vocabulary.ts";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";
import { navigate } from "#src/ui/shell/use-route.ts";
import { definitionsHref } from "./definitions-address.ts";

/** A search is sent once the typing pauses. */
const PAUSE_MS = 250;

/** What the list shows; it stands in the address. */
export function DefinitionFilters({ query }: { readonly query: URLSearchParams }) {
  const type = query.get("type") ?? "";
  const set = (change: Readonly<Record<string, string | undefined>>, isSame = false) =>
    navigate(definitionsHref(query, change), { isSame });
  return (
    <>
      <SearchBox value={query.get("q") ?? ""} onSearch={(q) => set({ q }, true)} />
      <select aria-label="Type" value={type} onChange={(event) => set({ type: event.currentTarget.value })}>
        <option value="">All types</option>
        {[...AGENT_TYPES, ...(type === "" || AGENT_TYPES.some((known) => known === type) ? [] : [type])].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Active"
        value={query.get("active") ?? ""}
        onChange={(event) => set({ active: event.currentTarget.value })}
      >
        <option value="">Active and inactive</option>
        <option value="true">Active</option>
        <option value="false">Inactive</option>
      </select>
    </>
  );
}

function SearchBox({ value, onSearch }: { readonly value: string; readonly onSearch: (q: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => latest.current(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // The address may be changed by other means, such as going back.
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <input
      ref={input}
      type="search"
      aria-label="Search definitions"
      placeholder="Search ( / )"
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
    />
  );
}
