import type { Draft } from "./draft.ts";
import type { AgentFact, Report } from "#src/ingest/report.ts";

/** Of a guess: before whatever else was told. */
const GUESSED = -1;
/** Names that any other replaces, the worst last. */
const MAKESHIFT = {
  guess: Number.MAX_SAFE_INTEGER - 2,
  kind: Number.MAX_SAFE_INTEGER - 1,
  folder: Number.MAX_SAFE_INTEGER,
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Its metadata with what is told now. Telemetry tells what nothing else has told, and never what was before; a guess counts
 * until somebody tells who knows.
 */
export function metadataWith({ state }: Draft, had: Fields, report: Report, fact: AgentFact): Fields {
  const at = report.channel === "otel" ? (fact.isGuess === true ? GUESSED : (report.sentMs ?? 0)) : null;
  const told = new Map(Object.entries(state.fields));
  const fields = new Map(Object.entries(had));
  for (const [name, ms] of told) {
    if (ms !== GUESSED || at === GUESSED) continue;
    told.delete(name);
    fields.delete(name);
  }
  for (const [name, value] of Object.entries(fact.metadata ?? {})) {
    const ms = told.get(name);
    if (at !== null && (ms === null || (ms !== undefined && ms > at))) continue;
    told.set(name, at);
    fields.set(name, value);
    if (name === "model" && typeof value === "string") state.model = value;
  }
  state.fields = Object.fromEntries(told);
  return Object.fromEntries(fields);
}

/** Its name, if this one is better than the one it has: the first that was told counts, that of its kind and a guess least. */
export function betterName({ agent, state }: Draft, report: Report, fact: AgentFact): string | null {
  const name = fact.name ?? fact.nameGuess;
  if (name === undefined) return null;
  const at = rankOf(report, fact);
  if (agent.name !== null && (state.nameMs === null || at >= state.nameMs)) return null;
  state.nameMs = at;
  return name.slice(0, 255);
}

function rankOf({ channel, sentMs }: Report, { name, kind, isGuess }: AgentFact): number {
  if (name === undefined) return MAKESHIFT.folder;
  if (name === kind) return MAKESHIFT.kind;
  if (isGuess === true) return MAKESHIFT.guess;
  return channel === "otel" ? (sentMs ?? 0) : 0;
}
