import { useState } from "preact/hooks";
import { AgentText } from "#src/ui/parts/agent-text.tsx";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { formatBytes } from "#src/ui/parts/format.ts";
import { Markdown } from "#src/ui/parts/markdown.tsx";

type Props = {
  /** "Question", "Answer". */
  readonly label: string;
  readonly text: string;
};

/** So much is shown at first, up to the end of a line. */
const FOLDED_LINES = 14;
const FOLDED = 1_200;

/** A long text of an agent: its beginning, all of it a click away, as Markdown or as it is, with a button to copy it. */
export function Folded({ label, text }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isPlain, setPlain] = useState(false);
  const begin = foldedText(text);
  const isCut = begin.length < text.length;
  const shown = isOpen ? text : begin;
  return (
    <section class="session-text" aria-label={label}>
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

/** The beginning of a long text, or all of one that is hardly longer than that. */
export function foldedText(text: string): string {
  let end = 0;
  for (let lines = 0; lines < FOLDED_LINES && end < text.length; lines += 1) {
    const next = text.indexOf("\n", end);
    if (next === -1 || next >= FOLDED) break;
    end = next + 1;
  }
  const isOneLine = end === 0 || (end < FOLDED / 2 && nextLineEnd(text, end) > FOLDED);
  const cut = isOneLine ? FOLDED : end;
  return text.length <= cut * 1.25 ? text : text.slice(0, cut);
}

function nextLineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
