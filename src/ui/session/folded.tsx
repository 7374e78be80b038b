import { useState } from "preact/hooks";
import { AgentText } from "#src/ui/parts/agent-text.tsx";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { formatBytes } from "#src/ui/parts/format.ts";
import { Markdown } from "#src/ui/parts/markdown.tsx";
import { foldedText } from "./folded-text.ts";

type Props = {
  /** "Question", "Answer". */
  readonly label: string;
  /** Whose it is: tells it from the others of the page. */
  readonly of: string;
  readonly text: string;
};

/** A long text of an agent: its beginning, all of it a click away, as Markdown or as it is, with a button to copy it. */
export function Folded({ label, of, text }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isPlain, setPlain] = useState(false);
  const begin = foldedText(text);
  const isCut = begin.length < text.length;
  const shown = isOpen ? text : begin;
  return (
    <section class="session-text" aria-label={`${label} of ${of}`}>
      <header>
        <h4>{label}</h4>
        <button type="button" class="link" aria-pressed={isPlain} onClick={() => setPlain(!isPlain)}>
          As written
        </button>
        <CopyButton text={text} what={label.toLowerCase()} />
      </header>
      {isPlain ? <AgentText text={shown} isCode /> : <Markdown text={shown} />}
      {isCut ? (
        <button type="button" class="link session-fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show less" : `Show all (${formatBytes(text.length)})`}
        </button>
      ) : null}
    </section>
  );
}
