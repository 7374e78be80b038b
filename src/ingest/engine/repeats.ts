import type { Report } from "#src/ingest/report.ts";
import { type Draft, isFinal } from "./draft.ts";
import { eventKey, hashKey } from "./keys.ts";
import { isOverFor } from "./turns.ts";

/** Told before: by its key; without one, right before, or of a turn or session that is over. */
export function isRepeat(draft: Draft, report: Report): boolean {
  if (report.key !== null) return draft.told.has(eventKey(report.key));
  if (report.hash === undefined || !draft.told.has(hashKey(report.hash))) return false;
  if (draft.state.lastHash === report.hash || isOverFor(draft, report)) return true;
  const reopens = report.facts.some((fact) => fact.fact === "status" && fact.reopens === true);
  return isFinal(draft.agent.status) && !reopens;
}

/** What a report is remembered by; null for one that has neither key nor hash. */
export function keyOf({ key, hash }: Report): string | null {
  if (key !== null) return eventKey(key);
  return hash === undefined ? null : hashKey(hash);
}
