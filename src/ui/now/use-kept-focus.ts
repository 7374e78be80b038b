import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/**
 * A card that comes to stand in another place is taken out of the page and put in again, and one that another group shows
 * is a new one: the focus stays with its agent all the same. Where that is gone, it goes to the heading of the view.
 */
export function useKeptFocus(cards: RefObject<HTMLElement | null>): void {
  const before = document.activeElement;
  const link = before !== null && cards.current?.contains(before) === true ? (before as HTMLElement) : null;
  const agent = link?.closest<HTMLElement>("[data-agent]")?.dataset["agent"];
  useLayoutEffect(() => {
    if (link === null || document.activeElement === link) return;
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    const next = link.isConnected ? link : linkOf(cards.current, agent);
    (next ?? document.querySelector<HTMLElement>("main h1"))?.focus({ preventScroll: true });
  });
}

function linkOf(within: HTMLElement | null, agent: string | undefined): HTMLElement | null {
  return agent === undefined ? null : (within?.querySelector(`[data-agent="${CSS.escape(agent)}"] a`) ?? null);
}
