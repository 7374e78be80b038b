import type { Fact, Report, StatusFact } from "#src/ingest/report.ts";
import type { Place, Places } from "./genai-agents.ts";
import type { Steps } from "./pace.ts";
import type { Seen, SpanMemory } from "./span-memory.ts";

/** What was told of spans that are about other agents than they were taken to be, or of which more is known: told anew. */
export function* movedSince(memory: SpanMemory, places: Places): Steps<Report[]> {
  const moved: Report[] = [];
  for (const seen of places.concerned) {
    if (seen.told !== null) moved.push(...toldAnew(seen.told, places.of(seen)));
    memory.wait(seen, places.missingAbove(seen));
    yield;
  }
  return moved.toSorted((one, other) => (one.sentMs ?? 0) - (other.sentMs ?? 0));
}

function toldAnew(told: NonNullable<Seen["told"]>, place: Place): Report[] {
  const was = told.place;
  if (Bun.deepEquals(was, place)) return [];
  told.place = place;
  const hasMoved = !Bun.deepEquals(was.about, place.about);
  return told.reports.map((report) => ({
    ...report,
    about: place.about,
    key: null,
    turn: null,
    facts: [agentOf(report, place), ...(hasMoved ? [claimOf(report, was), ...statusesOf(report)] : [])],
  }));
}

function agentOf({ facts }: Report, { agent }: Place): Fact {
  const metadata = facts.find((fact) => fact.fact === "agent")?.metadata;
  return metadata === undefined ? agent : { ...agent, metadata };
}

function claimOf({ key, turn, facts }: Report, { about }: Place): Fact {
  return {
    fact: "claimed",
    from: about,
    turn,
    keys: key === null ? [] : [key],
    logs: facts.flatMap((fact) => (fact.fact === "log" && fact.key !== undefined ? [fact.key] : [])),
    calls: facts.flatMap((fact) => (fact.fact === "usage" ? [fact.call] : [])),
  };
}

function statusesOf({ facts }: Report): StatusFact[] {
  return facts.filter((fact) => fact.fact === "status");
}

/** Without the texts: what is needed to tell it of another agent. */
export function slim(report: Report): Report {
  const facts = report.facts.flatMap((fact): Fact[] => {
    if (fact.fact === "log") return [{ ...fact, message: "", details: {} }];
    if (fact.fact === "usage") return [{ ...fact, response: null, details: {} }];
    return fact.fact === "agent" || fact.fact === "status" ? [fact] : [];
  });
  return { ...report, facts };
}
