import { IDLE } from "./hook-facts.ts";
import { reportOf } from "./line-reader.ts";
import type { Fact, Report, Source, StatusFact, Subject } from "./report.ts";

// Output that ends in the middle of something: whoever wrote it was stopped, or died, and says so nowhere. One rule for all
// sources: nobody works there any more, which is a guess until the rest comes; where the program's exit is known, it counts.

/** What the lines so far leave open; small JSON, kept with them. */
export type Underway = {
  /** Who is in the middle of something, the newest last. */
  readonly busy: readonly Subject[];
  /** The session whose end the lines have told. */
  readonly ended: string | null;
};

export const NOTHING_UNDERWAY: Underway = { busy: [], ended: null };

const MOST_BUSY = 250;
const FINAL: ReadonlySet<StatusFact["to"]> = new Set(["completed", "failed", "cancelled"] as const);
const OUTPUT_ENDED = "its output ended";
const PROGRAM_ENDED = "its program ended";

/** What is under way when these have been told too. */
export function underwayAfter(underway: Underway, reports: readonly Report[]): Underway {
  return reports.reduce(
    (all, { about, facts }) => facts.reduce((some, fact) => afterFact(some, about, fact), all),
    underway,
  );
}

function afterFact({ busy, ended }: Underway, about: Subject, fact: Fact): Underway {
  const begins = fact.fact === "turn.opened" || (fact.fact === "status" && isBusy(fact));
  const ends = fact.fact === "turn.closed" || (fact.fact === "status" && FINAL.has(fact.to));
  if (!begins && !ends) return { busy, ended };
  const others = busy.filter((one) => one.session !== about.session || one.child !== about.child);
  const isMain = about.child === undefined;
  if (begins) {
    return { busy: [...others, about].slice(-MOST_BUSY), ended: isMain && ended === about.session ? null : ended };
  }
  return { busy: others, ended: isMain && fact.fact === "status" ? about.session : ended };
}

/** What is told only of one that works already begins nothing. */
function isBusy({ to, from }: StatusFact): boolean {
  return from === undefined && (to === "executing" || to === "waiting");
}

/**
 * The output has ended.
 *
 * @param session whom its last lines are of
 * @param exit code of the program that wrote it; null when it is not known
 */
export function atEnd(source: Source, session: string | null, underway: Underway, exit: number | null): Report[] {
  const error = exit === null || exit === 0 ? null : `exited with code ${exit}`;
  const closed: Fact = {
    fact: "turn.closed",
    status: "cancelled",
    isGuess: true,
    ...(error === null ? {} : { error }),
  };
  const isKnown = exit !== null && session !== null && session !== underway.ended;
  const left = underway.busy.map((about) => {
    const isOver = isKnown && about.session === session && about.child === undefined;
    return reportOf(about, isOver ? [closed] : [closed, statusOf(about, exit)]);
  });
  if (!isKnown) return left;
  const end: StatusFact =
    error === null ? { fact: "status", to: "completed" } : { fact: "status", to: "failed", error };
  const reason = error ?? "exited with code 0";
  return [...left, reportOf({ source, session }, [{ ...end, endsTurns: "cancelled", reason }])];
}

/** With a program also those have gone who worked for it. */
function statusOf({ child }: Subject, exit: number | null): StatusFact {
  if (exit !== null && child !== undefined) return { fact: "status", to: "cancelled", reason: PROGRAM_ENDED };
  return { ...IDLE, from: ["executing", "waiting"], reason: OUTPUT_ENDED };
}
