import { useState } from "preact/hooks";
import { announce } from "./announce.ts";

/** Puts a text into the clipboard, and says so. Where a page may not, the text is selected for the reader to copy. */
export function CopyButton({ text, what = "command" }: { readonly text: string; readonly what?: string }) {
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
  const label = { ready: "Copy", copied: "Copied", failed: "Select and copy it yourself" }[state];
  return (
    <button type="button" onClick={() => void copy()} aria-label={`${label}: ${what}`}>
      {label}
    </button>
  );
}
