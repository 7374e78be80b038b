import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isTyping } from "#src/ui/shell/shortcuts.tsx";

type Actions = {
  readonly move: (step: 1 | -1) => void;
  readonly open: () => void;
  /** Whether there was something to leave. */
  readonly leave: () => boolean;
  readonly pause: () => void;
};

/** What keys do in a list: `j` and `k` everywhere in the page, arrows and Enter when nothing else has the focus. */
export function useListKeys(list: RefObject<HTMLElement | null>, actions: Actions): void {
  const current = useRef(actions);
  current.current = actions;
  useEffect(() => {
    function isFree({ target }: KeyboardEvent): boolean {
      const element = target as HTMLElement;
      return element === document.body || (list.current?.contains(element) === true && !element.matches("a, button"));
    }
    function onKey(event: KeyboardEvent): void {
      if (isTyping(event) || document.querySelector("dialog[open]") !== null) return;
      const { move, open, leave, pause } = current.current;
      const act = {
        j: () => move(1),
        k: () => move(-1),
        ArrowDown: isFree(event) ? () => move(1) : undefined,
        ArrowUp: isFree(event) ? () => move(-1) : undefined,
        Enter: isFree(event) ? open : undefined,
        p: pause,
        Escape: leave,
      }[event.key];
      if (act !== undefined && act() !== false) event.preventDefault();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
