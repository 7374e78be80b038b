import type { ConversationQuery, IngestQuery } from "#src/database/ingest.ts";
import { conversationOf, definitionOf, externalIdOf, sessionOf } from "./identity.ts";
import { callLogKey, eventKey, hashKey, logKey, textKey, turnKey } from "./keys.ts";
import type { Claimed, Fact, Report, Subject } from "#src/ingest/report.ts";

type Asked = Pick<ConversationQuery, "conversation" | "externalId"> & {
  readonly keys: Set<string>;
  readonly turns: Set<string>;
  needsTurns: boolean;
  sent: { from: number; to: number } | null;
  below: boolean;
};

/** What is decided by the turns of a conversation. */
const OF_TURNS: ReadonlySet<Fact["fact"]> = new Set([
  "turn.opened",
  "turn.closed",
  "turn.text",
  "turn.failing",
  "usage",
  "total",
]);

/**
 * What must be known to decide on these reports.
 *
 * @param stored what the store keeps of a text: by that a definition is found
 */
export function queryFor(reports: readonly Report[], stored: (text: string) => string): IngestQuery {
  const asked = new Map<string, Asked>();
  const definitions = new Set<string>();
  for (const report of reports) {
    const { about } = report;
    const one = ask(asked, about);
    const session = sessionOf(about);
    if (session !== null) ask(asked, session);
    definitions.add(definitionOf(about.source, null));
    if (report.key !== null) one.keys.add(eventKey(report.key));
    if (report.hash !== undefined) one.keys.add(hashKey(report.hash));
    if (report.turn !== null) one.turns.add(turnKey(report.turn));
    one.needsTurns ||= needsTurns(report);
    if (report.sentMs !== null) one.sent = widened(one.sent, report.sentMs);
    for (const fact of report.facts) askForFact(asked, one, report, fact, definitions);
  }
  const all = [...asked.values()];
  // Who ends takes those below along, and their turns.
  const isEnd = all.some(({ below }) => below);
  return {
    conversations: all.map(({ keys, turns, needsTurns: needs, ...one }) => ({
      ...one,
      keys: [...keys],
      turns: needs || isEnd ? [...turns] : null,
    })),
    definitions: [...definitions].map(stored),
  };
}

/** Most events are tools, of which there are many in a turn. */
function needsTurns({ hash, turn, facts }: Report): boolean {
  return (hash !== undefined && turn !== null) || facts.some(({ fact }) => OF_TURNS.has(fact));
}

function ask(asked: Map<string, Asked>, subject: Subject): Asked {
  const conversation = conversationOf(subject);
  const known = asked.get(conversation);
  if (known !== undefined) return known;
  const externalId = externalIdOf(subject);
  const one: Asked = {
    conversation,
    externalId,
    keys: new Set(),
    turns: new Set(),
    needsTurns: false,
    sent: null,
    below: false,
  };
  asked.set(conversation, one);
  return one;
}

function askForFact(
  asked: Map<string, Asked>,
  one: Asked,
  { about, channel }: Report,
  fact: Fact,
  definitions: Set<string>,
): void {
  if (fact.fact === "agent") {
    if (fact.parent !== undefined) {
      ask(asked, fact.parent);
      const session = sessionOf(fact.parent);
      if (session !== null) ask(asked, session);
    }
    if (fact.kind !== undefined) definitions.add(definitionOf(about.source, fact.kind));
  } else if (fact.fact === "claimed") askForClaimed(asked, one, fact);
  else if (fact.fact === "log" && fact.key !== undefined) one.keys.add(logKey(fact.key));
  else if (fact.fact === "turn.text" && fact.key !== undefined) one.keys.add(textKey(fact.key));
  else if (fact.fact === "usage") one.keys.add(callLogKey(channel, fact.call));
  else if (fact.fact === "status" && fact.endsTurns !== undefined) one.below = true;
}

/** What both sides know of what is claimed. */
function askForClaimed(asked: Map<string, Asked>, one: Asked, { from, turn, keys, logs, calls }: Claimed): void {
  const session = sessionOf(from);
  if (session !== null) ask(asked, session);
  for (const side of [one, ask(asked, from)]) {
    if (turn !== null) {
      side.turns.add(turnKey(turn));
      side.needsTurns = true;
    }
    for (const key of keys) side.keys.add(eventKey(key));
    for (const log of logs) side.keys.add(logKey(log));
    for (const call of calls) side.keys.add(callLogKey("otel", call));
  }
}

function widened(sent: Asked["sent"], ms: number): NonNullable<Asked["sent"]> {
  return sent === null ? { from: ms, to: ms } : { from: Math.min(sent.from, ms), to: Math.max(sent.to, ms) };
}
