import { memo } from "#src/ui/parts/memo.ts";
import { promptSpan, type RowData } from "./timeline-data.ts";
import { type Bar, barOf, mergedBars, mergedMarks, type Span, xOf } from "./timeline-geometry.ts";

/** A bar for an agent, with the word for its colour. */
type TrackBar = { readonly span: Span | null; readonly tone: string };

type Props = {
  readonly bars: readonly TrackBar[];
  readonly data: RowData | undefined;
  readonly shown: Span;
  /** Pixels. */
  readonly width: number;
  readonly now: number;
  /** The present is a line where something goes on. */
  readonly hasNow: boolean;
};

const TRACK_HEIGHT = 36;
const AGENT = { y: 5, height: 17 };
const PROMPT = { y: 9, height: 9 };
const TOOL = { y: 25, height: 7 };

/** One row of the picture: the agent's time, its prompts in it, tools and errors beneath. As few shapes as can be told apart. */
export const Track = memo(function Track({ bars, data, shown, width, now, hasNow }: Props) {
  if (width <= 0) return null;
  const nowX = xOf(now, shown, width);
  return (
    <svg class="session-track" width={width} height={TRACK_HEIGHT} aria-hidden="true">
      {bars.map(({ span, tone }, index) => {
        const bar = barOf(span, shown, width, 3);
        if (bar === null) return null;
        return (
          <rect key={index} class={`session-bar session-tone-${tone}`} {...AGENT} x={bar.x} width={bar.width} rx="3" />
        );
      })}
      {data === undefined ? null : <Prompts data={data} shown={shown} width={width} now={now} />}
      {data === undefined ? null : (
        <>
          <path class="session-tool" d={ticks(mergedMarks(data.tools, shown, width))} />
          <path class="session-error" d={triangles(mergedMarks(data.errors, shown, width))} />
        </>
      )}
      {hasNow && nowX >= 0 && nowX <= width ? (
        <line class="session-now" x1={nowX} x2={nowX} y1="0" y2={TRACK_HEIGHT} />
      ) : null}
    </svg>
  );
});

type PromptsProps = { readonly data: RowData; readonly shown: Span; readonly width: number; readonly now: number };

/** One shape for all prompts of a kind. */
function Prompts({ data, shown, width, now }: PromptsProps) {
  const kinds: Record<"done" | "open" | "failed", Span[]> = { done: [], open: [], failed: [] };
  for (const timed of data.prompts) {
    const kind = timed.to === null ? "open" : timed.prompt.status === "failed" ? "failed" : "done";
    kinds[kind].push(promptSpan(timed, now));
  }
  return (
    <>
      {(["done", "open", "failed"] as const).map((kind) => {
        const bars = mergedBars(kinds[kind], shown, width);
        return bars.length === 0 ? null : (
          <path key={kind} class={`session-prompt session-prompt-${kind}`} d={boxes(bars)} />
        );
      })}
    </>
  );
}

function boxes(bars: readonly Bar[]): string {
  const { y, height } = PROMPT;
  return bars.map(({ x, width }) => `M${round(x)} ${y}h${round(width)}v${height}h${-round(width)}z`).join("");
}

function ticks(marks: readonly number[]): string {
  return marks.map((x) => `M${x + 0.5} ${TOOL.y}v${TOOL.height}`).join("");
}

function triangles(marks: readonly number[]): string {
  return marks.map((x) => `M${x + 0.5} ${TOOL.y - 1}l4.5 9h-9z`).join("");
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
