import type { Page } from "playwright-core";
import { percentile } from "./statistics.ts";

/** How smoothly a page moved. */
export type Smoothness = {
  /** Frames a second, of the whole time. */
  readonly fps: number;
  /** Of the second that had the fewest. */
  readonly worstFps: number;
  readonly p99FrameMs: number;
};

/** Counts the frames of a page for `millis`; `each` is run in the page before every one. */
export async function countFrames(page: Page, millis: number, each = ""): Promise<Smoothness> {
  const script = `new Promise((resolve) => {
    const times = [];
    const frame = (now) => {
      times.push(now);
      ${each}
      if (now - times[0] < ${millis}) requestAnimationFrame(frame);
      else resolve(times);
    };
    requestAnimationFrame(frame);
  })`;
  const times = await page.evaluate<number[]>(script);
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const perSecond = Array.from({ length: Math.floor(millis / 1000) }, (_, second) => {
    const from = times[0]! + second * 1000;
    return times.filter((time) => time >= from && time < from + 1000).length;
  });
  return {
    fps: (gaps.length / (times.at(-1)! - times[0]!)) * 1000,
    worstFps: Math.min(...perSecond),
    p99FrameMs: percentile(gaps, 0.99),
  };
}
