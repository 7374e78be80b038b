import type { IngestPlan, Known, KnownTurn, StreamMark } from "#src/database/ingest.ts";
import { defineAgent } from "#src/domain/orchestrator-agent.ts";
import { type RuntimeAgent, startAgent } from "#src/domain/runtime-agent.ts";
import { applyTotal, applyUsage } from "./calls.ts";
import { type Draft, type Gathered, isFinal, type Moment, NEW_STATE, type State, type TurnDraft } from "./draft.ts";
import { claim } from "./claims.ts";
import { conversationOf, definitionOf, externalIdOf, keptSubject, sessionOf } from "./identity.ts";
import { textKey } from "./keys.ts";
import { speakDirectly, tell } from "./notes.ts";
import { planOf } from "./plan.ts";
import { isRepeat, keyOf } from "./repeats.ts";
import type { AgentFact, Claimed, Fact, Reading, Report, Source, Subject } from "#src/ingest/report.ts";
import { betterName, metadataWith } from "./descriptions.ts";
import { applyStatus, below, change } from "./statuses.ts";
import { closeTurn, endOpenTurns, failTurn, openTurn, tellTurn } from "./turns.ts";

/**
 * Decides what follows from readings, given what is known of whom they are about. Pure, but for ids: it reads and writes
 * nothing.
 */
export function decide(
  known: Known,
  readings: readonly Reading[],
  moment: Moment,
  mark: StreamMark | null,
): IngestPlan {
  const drafts = new Map<string, Draft>();
  const definitions = new Map(known.definitions);
  const gathered: Gathered = {
    definitions: [],
    logs: [],
    logChanges: [],
    lowered: [],
    claims: [],
    left: new Set(),
    keys: [],
    calls: [],
    systemLogs: [],
    agentChanges: [],
  };

  function draftOf(subject: Subject): Draft {
    const conversation = conversationOf(subject);
    return drafts.get(conversation) ?? newDraft(subject, conversation);
  }

  function newDraft(subject: Subject, conversation: string): Draft {
    const session = sessionOf(subject);
    const stored = known.conversations.get(conversation) ?? null;
    const above = session === null || stored !== null ? null : draftOf(session);
    const elsewhere = known.agents.get(externalIdOf(subject)) ?? null;
    const was = stored?.agent ?? elsewhere;
    const state = stored === null ? { ...NEW_STATE } : { ...NEW_STATE, ...(stored.state as State) };
    const draft: Draft = {
      conversation,
      subject,
      known: stored,
      was,
      agent: was ?? newAgent(subject, above),
      state,
      turns: (stored?.turns ?? []).map(turnDraft),
      told: new Map([...(stored?.keys ?? [])].map(([key, told]) => [key, { ...told, written: null, change: null }])),
      isTouched: false,
      isMoved: false,
      opened: null,
      moved: new Set(),
      reassignFrom: null,
    };
    drafts.set(conversation, draft);
    return draft;
  }

  function newAgent(subject: Subject, above: Draft | null): RuntimeAgent {
    const safe = keptSubject(subject, moment.stored);
    const external_id = freeExternalId(safe, subject);
    const command = {
      orchestrator_agent_id: definitionId(subject.source, null),
      session_id: above?.agent.session_id ?? safe.session,
      external_id,
      parent_agent_id: above?.agent.id ?? null,
    };
    return startAgent(command, moment.newId(), moment.now);
  }

  /** Ids may be anything: two of them may come to one, of which an agent of this plan has it already. */
  function freeExternalId(safe: Subject, subject: Subject): string {
    const externalId = externalIdOf(safe);
    const isTaken = [...drafts.values()].some(({ agent }) => agent.external_id === externalId);
    return isTaken || moment.isContested ? `${safe.source}:~${conversationOf(subject)}` : externalId;
  }

  function definitionId(source: Source, kind: string | null): string {
    const name = moment.stored(definitionOf(source, kind));
    const found = definitions.get(name);
    if (found !== undefined) return found;
    const definition = defineAgent({ name, agent_type: "custom" }, moment.newId(), moment.now);
    gathered.definitions.push(definition);
    definitions.set(name, definition.id);
    return definition.id;
  }

  function take(report: Report): void {
    if (report.facts.length === 0) return;
    const isNew = !drafts.has(conversationOf(report.about)) && !known.conversations.has(conversationOf(report.about));
    const draft = draftOf(report.about);
    if (isRepeat(draft, report)) return;
    draft.isTouched = true;
    const session = sessionOf(report.about);
    // Telemetry of its own conversation took it for a session.
    if (session !== null && draft.agent.parent_agent_id === null) moveBelow(draft, draftOf(session));
    remember(draft, report);
    if (report.channel !== "otel") speakDirectly(gathered, draft);
    if (report.channel === "hook") draft.state.hookMs = moment.nowMs;
    for (const fact of report.facts) apply(draft, report, fact, isNew);
    if (isNew && session !== null && report.channel !== "otel") endWithSession(draft, draftOf(session));
  }

  /** A hook may be overtaken by the end of its session: who is first heard of afterwards works no more. */
  function endWithSession(draft: Draft, session: Draft): void {
    if (draft.was !== null || isFinal(draft.agent.status) || !isFinal(session.agent.status)) return;
    endOpenTurns(draft, "cancelled", null, moment);
    change(draft, { status: "cancelled", completed_at: moment.now }, moment);
  }

  function remember(draft: Draft, report: Report): void {
    const key = keyOf(report);
    draft.state.lastHash = report.hash ?? draft.state.lastHash;
    if (key !== null) isNews(draft, key);
  }

  /** Whether a key is told for the first time; it is told from now on. */
  function isNews({ conversation, told }: Draft, key: string): boolean {
    if (told.has(key)) return false;
    told.set(key, { rank: 0, log: null, written: null, change: null });
    gathered.keys.push({ conversation, key });
    return true;
  }

  function apply(draft: Draft, report: Report, fact: Fact, isNew: boolean): void {
    switch (fact.fact) {
      case "agent":
        return describe(draft, report, fact, isNew && draft.was === null);
      case "claimed":
        return claimFrom(draft, fact);
      case "status":
        return applyStatus(gathered, drafts, draft, report, fact, moment);
      case "turn.opened":
        return openTurn(draft, report, fact, moment);
      case "turn.closed":
        return closeTurn(draft, report, fact, moment);
      case "turn.text":
        if (fact.key === undefined || isNews(draft, textKey(fact.key))) tellTurn(draft, report, fact, moment);
        return;
      case "turn.failing":
        return failTurn(draft, report, fact, moment);
      case "usage":
        return applyUsage(gathered, draft, report, fact, moment);
      case "total":
        return applyTotal(gathered, draft, report, fact, moment);
      case "log":
        return tell(gathered, draft, report, fact, moment);
    }
  }

  function describe(draft: Draft, report: Report, fact: AgentFact, isNew: boolean): void {
    const { agent } = draft;
    if (isNew && fact.startsAs !== undefined && agent.status === "initializing") {
      change(draft, { status: fact.startsAs }, moment);
    }
    const name = betterName(draft, report, fact);
    if (name !== null) change(draft, { name }, moment);
    if (fact.metadata !== undefined) mergeMetadata(draft, report, fact);
    if (fact.kind !== undefined && draft.state.kind === null) {
      draft.state.kind = fact.kind;
      // One that was registered over the API keeps the definition that it was given.
      const general = definitions.get(moment.stored(definitionOf(draft.subject.source, null)));
      if (draft.agent.orchestrator_agent_id === general) {
        change(draft, { orchestrator_agent_id: definitionId(draft.subject.source, fact.kind) }, moment);
      }
    }
    if (fact.parent !== undefined) moveBelow(draft, draftOf(fact.parent));
  }

  /** From one that is known: nobody is made to be claimed from. */
  function claimFrom(draft: Draft, fact: Claimed): void {
    const conversation = conversationOf(fact.from);
    if (!drafts.has(conversation) && !known.conversations.has(conversation)) return;
    const from = draftOf(fact.from);
    claim(gathered, from, draft, fact);
    const session = sessionOf(fact.from);
    for (const one of session === null ? [from] : [from, draftOf(session)]) {
      if (one !== draft && one.agent.id !== draft.agent.parent_agent_id) gathered.left.add(one.agent.id);
    }
  }

  function mergeMetadata(draft: Draft, report: Report, fact: AgentFact): void {
    const had = draft.agent.metadata ?? {};
    if (typeof had !== "object" || Array.isArray(had)) return;
    const metadata = metadataWith(draft, had as Record<string, unknown>, report, fact);
    if (!Bun.deepEquals(metadata, had)) change(draft, { metadata }, moment);
  }

  /** A sub-agent that was taken for a session, or for one right below its session; and who is below it. */
  function moveBelow(draft: Draft, above: Draft): void {
    const { agent } = draft;
    const parent = above.agent;
    if (agent.id === parent.id || agent.parent_agent_id === parent.id || parent.parent_agent_id === agent.id) return;
    change(draft, { parent_agent_id: parent.id }, moment);
    if (agent.session_id === parent.session_id) return;
    const moving = [draft, ...below(draft, [...drafts.values()])];
    for (const one of moving.filter((other) => other.agent.session_id === agent.session_id)) {
      const { source, session, child = session } = one.subject;
      const external_id = freeExternalId(
        keptSubject({ source, session: parent.session_id, child }, moment.stored),
        one.subject,
      );
      change(one, { session_id: parent.session_id, external_id }, moment);
    }
  }

  for (const { reports, unread } of readings) {
    for (const report of reports) take(report);
    for (const { source, channel, event, details } of unread) {
      const about = { source, channel, event: details };
      const message = `not understood: ${source} ${channel} ${event}`.slice(0, 300);
      gathered.systemLogs.push({
        log_level: "DEBUG",
        component: "ingest",
        message,
        details: about,
        created_at: moment.now,
      });
    }
  }
  return planOf([...drafts.values()], gathered, moment, mark);
}

function turnDraft({ status, endedMs, callRank, ...turn }: KnownTurn): TurnDraft {
  return { turn, prompt: null, was: status, status, endedMs, callRank, set: {}, append: [], isChanged: false };
}
