import type { StreamMark } from "#src/database/ingest.ts";
import type { Reading } from "./report.ts";

/** What goes into one plan, which must be written within milliseconds: reports, and their characters. */
export const TOGETHER = { reports: 64, characters: 256 * 1024 };

/** A reading that waits to be stored. */
export type Job = {
  readonly reading: Reading;
  readonly mark: StreamMark | null;
  readonly reports: number;
  readonly characters: number;
  /** When it came, of `performance.now()`. */
  readonly since: number;
  /** Reports of it that are stored. */
  done: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** A part of a job that goes into one plan. */
export type Part = { readonly job: Job; readonly reading: Reading; readonly isLast: boolean };

/** What is left of a job, or as much of it as goes together. */
export function partOf(job: Job): Part {
  const { reading, done } = job;
  const end =
    job.reports - done <= TOGETHER.reports && job.characters <= TOGETHER.characters ? job.reports : endOf(job);
  const part = done === 0 && end === job.reports ? reading : slice(reading, done, end);
  return { job, reading: part, isLast: end === job.reports };
}

function endOf({ reading, reports, done }: Job): number {
  let end = done;
  for (let characters = 0; end < reports && end - done < TOGETHER.reports; end += 1) {
    characters += lengthOf(slice(reading, end, end + 1));
    if (characters > TOGETHER.characters && end > done) break;
  }
  return end;
}

/** A part of a reading, as if what was read stood before what was not. */
function slice({ reports, unread }: Reading, from: number, to: number): Reading {
  const after = (end: number) => Math.max(0, end - reports.length);
  return { reports: reports.slice(from, to), unread: unread.slice(after(from), after(to)) };
}

export function sizeOf({ reports, unread }: Reading): number {
  return reports.length + unread.length;
}

/** Characters of all its texts; other values are short. */
export function lengthOf(reading: Reading): number {
  let length = 0;
  const left: unknown[] = [reading];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") length += value.length;
    else if (typeof value === "object" && value !== null) {
      for (const inner of Object.values(value)) left.push(inner);
    }
  }
  return length;
}
