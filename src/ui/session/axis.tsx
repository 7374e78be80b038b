import { ticksOf } from "./time-axis.ts";
import { type Span, xOf } from "./timeline-geometry.ts";

const HEIGHT = 20;
/** A label that would be cut by the edge is left out. */
const EDGE = 34;

/** The time axis over the tracks, in local time. */
export function Axis({ shown, width }: { readonly shown: Span; readonly width: number }) {
  if (width <= 0) return null;
  const ticks = ticksOf(shown, width).map(({ at, label }) => ({ x: Math.round(xOf(at, shown, width)) + 0.5, label }));
  return (
    <svg class="session-axis" width={width} height={HEIGHT} aria-hidden="true">
      {ticks.map(({ x, label }) => (
        <g key={label}>
          <line x1={x} x2={x} y1="15" y2={HEIGHT} />
          {x < EDGE || x > width - EDGE ? null : (
            <text x={x} y="11" text-anchor="middle">
              {label}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}
