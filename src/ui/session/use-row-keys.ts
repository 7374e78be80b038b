import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";

/** `j` and `k` bring the focus to the next and the previous row: to its link or button, which Enter then follows. */
export function useRowKeys(within: RefObject<HTMLElement | null>, isOn = true): void {
  useEffect(() => {
    if (!isOn) return;
    function onKey(event: KeyboardEvent): void {
      if ((event.key !== "j" && event.key !== "k") || isTyping(event)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const rows = [...(within.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
      if (rows.length === 0) return;
      const at = rows.indexOf(document.activeElement as HTMLElement);
      const next = event.key === "j" ? at + 1 : Math.max(0, at - 1);
      rows[Math.min(next, rows.length - 1)]!.focus();
      event.preventDefault();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isOn]);
}
