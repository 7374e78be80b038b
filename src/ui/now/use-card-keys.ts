import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";

/** `j` and `k` go from card to card, whose link `Enter` then opens; `/` goes to the filter, and `Esc` leaves it. */
export function useCardKeys(cards: RefObject<HTMLElement | null>, filter: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key === "Escape" && event.target === filter.current) {
        // Chromium would empty the field as well.
        event.preventDefault();
        filter.current?.blur();
      }
      if (isTyping(event)) return;
      if (event.key === "/") {
        event.preventDefault();
        filter.current?.focus();
        filter.current?.select();
      } else if (event.key === "j" || event.key === "k") step(cards.current, event.key === "j" ? 1 : -1);
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function step(within: HTMLElement | null, by: 1 | -1): void {
  const links = [...(within?.querySelectorAll<HTMLElement>(".now-open") ?? [])];
  const card = document.activeElement?.closest(".now-card");
  const at = links.findIndex((link) => card?.contains(link) === true);
  const next = at === -1 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next]?.focus();
}
