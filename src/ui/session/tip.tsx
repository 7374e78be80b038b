import { useState } from "preact/hooks";
import type { RefObject } from "preact";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { formatDuration } from "#src/ui/parts/format.ts";
import { Time } from "#src/ui/parts/time.tsx";
import { type Hit, momentOf } from "./timeline-data.ts";

/** What is pointed at, and where: pixels from the left and the top of what holds the picture. */
export type TipShown = { readonly hit: Hit; readonly x: number; readonly y: number };

type Props = {
  /** Is given what shows something, or nothing: what is pointed at draws nothing else anew. */
  readonly show: RefObject<(tip: TipShown | null) => void>;
};

export function Tip({ show }: Props) {
  const [tip, setTip] = useState<TipShown | null>(null);
  show.current = setTip;
  if (tip === null) return null;
  const { hit, x, y } = tip;
  return (
    <div class="session-tip" style={{ left: `${x}px`, top: `${y}px` }} aria-hidden="true">
      <bdi dir="auto">{toldOf(hit)}</bdi>
      <span class="muted">
        <Time at={new Date(momentOf(hit)).toISOString()} />
        {"prompt" in hit ? ` · ${formatDuration(hit.span.to - hit.span.from)}` : null}
      </span>
    </div>
  );
}

const MOST = 160;

/** What it is, in words. */
export function toldOf(hit: Hit): string {
  if ("mark" in hit) return `${hit.mark.isError ? "Error: " : ""}${short(hit.mark.text)}`;
  const { prompt_name, prompt_type, status, model_used } = hit.prompt;
  const name = short(prompt_name ?? prompt_type);
  return `Prompt ${name} · ${status}${model_used === null ? "" : ` · ${short(model_used)}`}`;
}

function short(text: string): string {
  const line = plainText(text.slice(0, MOST)).replaceAll(/\s+/g, " ");
  return text.length > MOST ? `${line}…` : line;
}
