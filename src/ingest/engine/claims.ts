import type { Claim } from "#src/database/ingest.ts";
import type { Draft, Gathered, TurnDraft } from "./draft.ts";
import { callKey, callLogKey, eventKey, logKey, turnKey } from "./keys.ts";
import type { Claimed } from "#src/ingest/report.ts";

/** What was told of one agent becomes another's: what is stored by a claim, what this plan writes where it stands. */
export function claim(gathered: Gathered, from: Draft, to: Draft, fact: Claimed): void {
  if (from === to) return;
  for (const draft of [from, to]) {
    draft.isTouched = true;
    draft.isMoved = true;
  }
  const calls = new Set(fact.calls.map(callKey));
  const stored: Claim = {
    from: from.conversation,
    to: to.conversation,
    promptId: fact.turn === null ? null : claimTurn(from, to, turnKey(fact.turn)),
    keys: claimKeys(gathered, from, to, fact),
    calls: [...calls],
  };
  for (const [at, call] of gathered.calls.entries()) {
    if (call.conversation !== from.conversation || !calls.has(call.call)) continue;
    gathered.calls[at] = { ...call, conversation: to.conversation };
  }
  gathered.claims.push(stored);
}

/** The prompt, if it is stored. */
function claimTurn(from: Draft, to: Draft, key: string): string | null {
  const at = from.turns.findIndex(({ turn }) => turn.key === key);
  const turn = from.turns[at];
  if (turn === undefined || to.turns.some((one) => one.turn.key === key)) return null;
  from.turns.splice(at, 1);
  to.turns.push(ownedBy(to, turn));
  from.state.turns = Math.max(0, from.state.turns - 1);
  to.state.turns += 1;
  from.moved.delete(turn.turn.promptId);
  to.moved.add(turn.turn.promptId);
  return turn.prompt === null ? turn.turn.promptId : null;
}

function ownedBy({ agent }: Draft, turn: TurnDraft): TurnDraft {
  return turn.prompt === null ? turn : { ...turn, prompt: { ...turn.prompt, agent_id: agent.id } };
}

/** Those that are stored. */
function claimKeys(gathered: Gathered, from: Draft, to: Draft, fact: Claimed): string[] {
  const { conversation } = to;
  const keys = new Set([
    ...fact.keys.map(eventKey),
    ...fact.logs.map(logKey),
    ...fact.calls.map((call) => callLogKey("otel", call)),
  ]);
  for (const key of keys) {
    const told = from.told.get(key);
    if (told === undefined || to.told.has(key)) continue;
    from.told.delete(key);
    to.told.set(key, told);
    if (told.change !== null) {
      const change = { ...told.change, conversation };
      gathered.logChanges[gathered.logChanges.indexOf(told.change)] = change;
      told.change = change;
    }
    if (told.written !== null) {
      const written = { ...told.written, agent_id: to.agent.id, told: { ...told.written.told!, conversation } };
      gathered.logs[gathered.logs.indexOf(told.written)] = written;
      told.written = written;
    }
  }
  for (const [at, told] of gathered.keys.entries()) {
    if (told.conversation === from.conversation && keys.has(told.key)) gathered.keys[at] = { ...told, conversation };
  }
  return [...keys];
}
