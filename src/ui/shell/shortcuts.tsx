import { useEffect, useState } from "preact/hooks";
import { Dialog, isDialogOpen } from "#src/ui/parts/dialog.tsx";
import { PLACES } from "./navigation.tsx";
import { hrefOf } from "./route.ts";
import { navigate } from "./use-route.ts";

/** What views offer besides; they listen for their keys themselves, by `useKeys`. */
const IN_VIEWS = [
  ["j, k", "The next and the previous card or row"],
  ["Enter", "Open it"],
  ["/", "To the search or the filter, where a view has one"],
  ["↑ ↓", "The previous and the next line, in logs"],
  ["p", "Pause and go on, in logs"],
  ["+ − 0", "Closer, wider and all of it, in a session’s timeline"],
  ["← →", "Earlier and later, in a session’s timeline"],
  [", .", "The previous and the next mark, in a session’s timeline"],
  ["Esc", "Close a dialog or the details of a log, or leave a field"],
] as const;
/** The second key must follow within this time. */
const SECOND_MS = 1_500;

/** Whether a key belongs to what is being typed, to a dialog, or to the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (isDialogOpen() || event.ctrlKey || event.metaKey || event.altKey) return true;
  const { target } = event;
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Keys that work everywhere: `g` and a letter goes to a view, `?` lists them all. */
export function Shortcuts() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    let goneAt = 0;
    function onKey(event: KeyboardEvent): void {
      if (isTyping(event)) return;
      const now = performance.now();
      const place = now - goneAt < SECOND_MS ? PLACES.find(({ key }) => key === event.key) : undefined;
      goneAt = event.key === "g" ? now : 0;
      if (place !== undefined) {
        event.preventDefault();
        navigate(hrefOf(place.view));
      } else if (event.key === "?") setOpen(true);
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  if (!isOpen) return null;
  return (
    <Dialog title="Keyboard shortcuts" onClose={() => setOpen(false)}>
      <table class="keys">
        <tbody>
          {PLACES.map(({ view, label, key }) => (
            <Key key={view} keys={`g ${key}`} what={`Go to ${label}`} />
          ))}
          {IN_VIEWS.map(([keys, what]) => (
            <Key key={keys} keys={keys} what={what} />
          ))}
          <Key keys="?" what="This list" />
        </tbody>
      </table>
      <div class="actions">
        <button type="button" onClick={() => setOpen(false)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Key({ keys, what }: { readonly keys: string; readonly what: string }) {
  return (
    <tr>
      <th scope="row">
        <kbd>{keys}</kbd>
      </th>
      <td>{what}</td>
    </tr>
  );
}
