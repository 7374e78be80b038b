import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

type Bar = {
  /** Beneath the chart, where there is room for it. */
  readonly label: string;
  readonly value: number;
};

type Props = {
  /** From left to right. */
  readonly bars: readonly Bar[];
  /** What it shows, for who does not see it; the numbers must stand beside it. */
  readonly label: string;
  readonly height?: number;
  readonly formatValue: (value: number) => string;
  /** What is said of a bar under the pointer, a line each. */
  readonly tell: (index: number) => readonly string[];
};

type Told = { readonly index: number; readonly left: number; readonly isRight: boolean };

/** Bars in a row. Its colours are those of the page, also when the system turns dark. */
export function BarChart({ bars, label, height = 220, formatValue, tell }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef({ bars, formatValue });
  shown.current = { bars, formatValue };
  const [told, setTold] = useState<Told | null>(null);
  const isDark = useDark();

  useEffect(() => {
    const element = box.current!;
    const made = new uPlot(
      optionsOf(
        element,
        height,
        { bar: (index) => shown.current.bars[index], format: (n) => shown.current.formatValue(n) },
        setTold,
      ),
      dataOf(shown.current.bars),
      element,
    );
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [isDark, height]);
  useEffect(() => plot.current?.setData(dataOf(bars)), [bars]);

  return (
    <div class="chart" role="img" aria-label={label}>
      <div ref={box} class="chart-plot" style={{ height: `${height}px` }} />
      {told === null || bars[told.index] === undefined ? null : (
        <div
          class="chart-told"
          aria-hidden="true"
          style={told.isRight ? { right: `calc(100% - ${told.left - 12}px)` } : { left: `${told.left + 12}px` }}
        >
          {tell(told.index).map((line) => (
            <div key={line}>{line}</div>
          ))}
        </div>
      )}
    </div>
  );
}

function dataOf(bars: readonly Bar[]): uPlot.AlignedData {
  return [bars.map((_, index) => index), bars.map(({ value }) => value)];
}

type Seen = { readonly bar: (index: number) => Bar | undefined; readonly format: (value: number) => string };

function optionsOf(
  element: HTMLElement,
  height: number,
  seen: Seen,
  onTold: (told: Told | null) => void,
): uPlot.Options {
  const [bar, line, text] = ["--accent", "--line", "--muted"].map((name) => colourOf(element, name)) as [
    string,
    string,
    string,
  ];
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: text, font, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_, min, max) => [(min ?? 0) - 0.5, (max ?? 0) + 0.5] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.05 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: 30,
        incrs: [1, 2, 7, 14, 28, 91, 182, 364],
        values: (_, splits) => splits.map((index) => seen.bar(index)?.label ?? ""),
      },
      {
        ...axis,
        grid: { stroke: line, width: 1 },
        size: (_, values) => 16 + 7 * Math.max(0, ...(values ?? []).map((value) => value.length)),
        values: (_, splits) => splits.map(seen.format),
      },
    ],
    series: [{}, { fill: bar, width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.75, 48] }) }],
    hooks: {
      setCursor: [
        ({ cursor: { idx }, valToPos, over }) => {
          if (idx === null || idx === undefined) return onTold(null);
          const left = valToPos(idx, "x");
          onTold({
            index: idx,
            left: element.offsetLeft + over.offsetLeft + left,
            isRight: left > over.clientWidth / 2,
          });
        },
      ],
    },
  };
}

/** A colour of the page as a canvas takes it: what a variable holds may be a function of the theme. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Whether the system's setting is dark, as it changes. */
function useDark(): boolean {
  const [query] = useState(() => matchMedia("(prefers-color-scheme: dark)"));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const update = () => setDark(query.matches);
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, [query]);
  return isDark;
}
