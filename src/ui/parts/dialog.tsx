import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

type Props = {
  readonly title: string;
  /** Escape, or a click beside it; absent where it cannot be closed. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
};

/** Those that are open, the topmost last. */
const open: HTMLDialogElement[] = [];

/** Whether one stands before the page, whose keys then mean nothing. */
export function isDialogOpen(): boolean {
  return open.length > 0;
}

/** A modal dialog of the browser's own: it holds the focus, and gives it back. */
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const id = useId();
  useEffect(() => {
    const element = dialog.current!;
    const opener = document.activeElement as HTMLElement | null;
    // Chromium lets a page refuse `cancel` once; whoever presses Escape again would lose what cannot be closed.
    function onKey(event: KeyboardEvent): void {
      if (event.key !== "Escape" || event.isComposing || open.at(-1) !== element) return;
      const isTaken = event.defaultPrevented;
      event.preventDefault();
      if (!isTaken) close.current?.();
    }
    element.showModal();
    open.push(element);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      open.splice(open.indexOf(element), 1);
      opener?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      // There are other ways to close one than Escape, as the gesture of going back.
      onClose={() => (onClose === undefined ? dialog.current?.showModal() : onClose())}
      onClick={(event) => event.target === dialog.current && onClose?.()}
    >
      <div class="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
