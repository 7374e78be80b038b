/** Where somebody was in an entry of the history: how far down, and on what the focus was. */
export type Place = { readonly top: number; readonly focus: string | null };

const KEY = "orchestrator";
/** What is shown is read first; whoever waited for so long has gone elsewhere. */
const GIVE_UP_MS = 3_000;
const MOVES = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

const places = new Map<string, Place>();
let made = 0;
let current = "";

/** The state of a new entry of the history: by it its place is found again. */
export function newEntry(): Readonly<Record<string, string>> {
  current = `${performance.timeOrigin}-${(made += 1)}`;
  return { [KEY]: current };
}

/** Notes the place in the present entry; before it is left. */
export function keepPlace(): void {
  places.set(current, { top: scrollY, focus: selectorOf(document.activeElement) });
}

/** The place in the entry that was come back to; null for one that nobody was in since the page was loaded. */
export function placeOf(state: unknown): Place | null {
  const key = (state as Record<string, unknown> | null)?.[KEY];
  if (typeof key === "string") current = key;
  else history.replaceState(newEntry(), "");
  return places.get(current) ?? null;
}

/** Goes back to a place, as soon as what was there is. @returns to give it up */
export function returnTo({ top, focus }: Place, main: HTMLElement): () => void {
  let isFocused = focus === null;
  function attempt(): void {
    scrollTo(0, top);
    const element = isFocused ? null : main.querySelector<HTMLElement>(focus!);
    element?.focus({ preventScroll: true });
    isFocused ||= element !== null;
    if (isFocused && Math.abs(scrollY - top) < 1) stop();
  }
  function stop(): void {
    observer.disconnect();
    clearTimeout(timer);
    for (const move of MOVES) removeEventListener(move, stop);
  }
  const observer = new ResizeObserver(attempt);
  const timer = setTimeout(stop, GIVE_UP_MS);
  for (const move of MOVES) addEventListener(move, stop, { passive: true });
  observer.observe(main);
  attempt();
  return stop;
}

/** How an element is found in a view that was drawn anew. */
function selectorOf(element: Element | null): string | null {
  if (element === null || element.closest("main") === null) return null;
  const href = element.getAttribute("href");
  if (href !== null) return `a[href="${CSS.escape(href)}"]`;
  return element.id === "" ? null : `#${CSS.escape(element.id)}`;
}
