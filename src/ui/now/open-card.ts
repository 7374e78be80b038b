/**
 * A click anywhere on a card is one on its link. Text can still be selected, and links and buttons within do what they do.
 */
export function openCard(event: MouseEvent): void {
  const target = event.target as Element;
  if (target.closest("a, button, input") !== null || getSelection()?.isCollapsed === false) return;
  // With the same keys: with Ctrl the browser opens another tab.
  target.closest(".now-card")?.querySelector(".now-open")?.dispatchEvent(new MouseEvent("click", event));
}
