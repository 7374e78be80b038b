import { useState } from "preact/hooks";
import { announce } from "./announce.ts";

type Props = {
  readonly text: string;
  readonly what?: string;
  /** What stands on it, where "Copy" is not enough. */
  readonly children?: string;
};

/** Puts a text into the clipboard, and says so. Where a page may not, the text is selected for the reader to copy. */
export function CopyButton({ text, what = "command", children = "Copy" }: Props) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
      announce(`${what} copied`);
    } catch {
      setState("failed");
      announce(`The browser does not let this page copy: select the ${what} and copy it`);
    }
  }
  const label = { ready: children, copied: "Copied", failed: "Select and copy it yourself" }[state];
  return (
    <button type="button" onClick={() => void copy()} aria-label={label.includes(what) ? label : `${label}: ${what}`}>
      {label}
    </button>
  );
}
