import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { announce } from "./announce.ts";

type Props = {
  readonly text: string;
  readonly what?: string;
  /** What stands on it, where "Copy" is not enough. */
  readonly children?: string;
};

/** Milliseconds that it says so. */
const COPIED_MS = 2_000;

/** Puts a text into the clipboard, and says so. Where a page may not, the text is selected for the reader to copy. */
export function CopyButton({ text, what = "command", children = "Copy" }: Props) {
  // It belongs to the text it was said of.
  const [done, setDone] = useState<{ readonly state: "copied" | "failed"; readonly text: string } | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const state = done?.text === text ? done.state : "ready";
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
    if (done?.state !== "copied") return;
    const timer = setTimeout(setDone, COPIED_MS, null);
    return () => clearTimeout(timer);
  }, [done]);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setDone({ state: "copied", text });
      announce(`${what} copied`);
    } catch {
      setDone({ state: "failed", text });
      announce(`The browser does not let this page copy: the ${what} is selected, copy it yourself`);
    }
  }
  const label = { ready: children, copied: "Copied", failed: "Selected: copy it yourself" }[state];
  return (
    <>
      <button type="button" onClick={() => void copy()} aria-label={label.includes(what) ? label : `${label}: ${what}`}>
        {label}
      </button>
      {state === "failed" ? (
        <textarea
          ref={field}
          class="copy-text"
          readOnly
          rows={1}
          value={text}
          aria-label={`The ${what}, to be copied`}
        />
      ) : null}
    </>
  );
}
