import { useEffect, useRef } from "preact/hooks";

/** What selected an agent, or ended that, may be gone with it: then the focus goes to its name, or back to its row. */
export function useSelectionFocus(selected: string | null): void {
  const before = useRef(selected);
  useEffect(() => {
    const last = before.current;
    before.current = selected;
    if (selected === last || (document.activeElement ?? document.body) !== document.body) return;
    const row = `[data-agent="${CSS.escape(last ?? "")}"] [data-row]`;
    const next = selected === null ? row : ".session-agent-head";
    (document.querySelector<HTMLElement>(next) ?? document.querySelector<HTMLElement>("main h1"))?.focus();
  }, [selected]);
}
