import { useState } from "preact/hooks";
import { visibleLines } from "#src/domain/visible.ts";
import { formatBytes, formatCount } from "./format.ts";

/** Colours and other styles for a terminal, which are no text (ECMA-48: CSI … m, and other CSI sequences). */
// oxlint-disable-next-line no-control-regex
const STYLES = /\u001b\[[0-9;:?]*[ -/]*[@-~]/g;
/** Marks over and under one letter; no language has as many, and thousands of them make a page as wide. */
const MARKS = /[\p{M}\u200C\u200D]{11,}/gu;
const MOST_MARKS = 10;
/** A page that has to lay out more of one text at once stands still. */
const MOST = 20_000;

/** Text that agents wrote as it can be shown: what could reorder or hide other text is written out, or left out. */
export function plainText(text: string): string {
  return visibleLines(text.replaceAll(STYLES, "")).replaceAll(MARKS, fewMarks);
}

function fewMarks(marks: string): string {
  const all = [...marks];
  return `${all.slice(0, MOST_MARKS).join("")} (${formatCount(all.length - MOST_MARKS)} marks left out)`;
}

type Props = {
  readonly text: string;
  /** Characters shown at first. */
  readonly most?: number;
  /** As code, with its blanks and lines. */
  readonly isCode?: boolean;
};

/** Text that agents wrote, never markup: in its own direction, cut where it is long, with all of it a click away. */
export function AgentText({ text, most = MOST, isCode = false }: Props) {
  const [shown, setShown] = useState(most);
  const isCut = text.length > shown;
  const part = plainText(isCut ? text.slice(0, shown) : text);
  return (
    <>
      <bdi dir="auto" class={isCode ? "agent-text code" : "agent-text"}>
        {part}
      </bdi>
      {isCut ? (
        <button type="button" class="link" onClick={() => setShown(shown + MOST * 10)}>
          … show more ({formatBytes(text.length - shown)})
        </button>
      ) : null}
    </>
  );
}

/** The same on one line, cut by its box; all of it (up to a point) on hover. */
export function AgentLine({ text, most = 300 }: Pick<Props, "text" | "most">) {
  const line = plainText(text.slice(0, most)).replaceAll(/\s+/g, " ");
  return (
    <bdi dir="auto" class="agent-line" title={line.length < text.length ? `${line}…` : line}>
      {line}
    </bdi>
  );
}
