import type { ConversationWrite, IngestPlan, PromptWrite, Settlement, StreamMark } from "#src/database/ingest.ts";
import { changedFields } from "#src/domain/changed-fields.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { type Draft, type Gathered, isFinal, isOpen, type Moment, type TurnDraft } from "./draft.ts";

/** The writes that drafts come to. */
export function planOf(
  all: readonly Draft[],
  gathered: Gathered,
  { now }: Moment,
  mark: StreamMark | null,
): IngestPlan {
  const drafts = all.filter(({ isTouched, was, agent }) => isTouched || was !== agent);
  const turns = drafts.flatMap((draft) =>
    draft.turns.filter(({ isChanged }) => isChanged).map((turn) => ({ draft, turn })),
  );
  const drafted = new Set(drafts.map(({ agent }) => agent.id));
  return {
    at: now,
    definitions: gathered.definitions,
    agents: parentsFirst(drafts.filter(({ was }) => was === null).map(({ agent }) => agent)),
    conversations: drafts.map(conversationWrite),
    agentChanges: [
      ...drafts.flatMap(({ was, agent }) => agentChange(was, agent)),
      ...gathered.agentChanges.filter(({ id }) => !drafted.has(id)),
    ],
    prompts: turns.flatMap(({ turn }) => newPrompt(turn)),
    turns: turns.map(({ draft, turn }) => ({ ...turn.turn, conversation: draft.conversation })),
    promptChanges: turns.flatMap(({ turn }) => promptChanges(turn)),
    logs: gathered.logs,
    logChanges: gathered.logChanges,
    lowered: gathered.lowered,
    claims: gathered.claims,
    left: [...gathered.left],
    keys: gathered.keys,
    calls: gathered.calls,
    settle: drafts.flatMap(settlement),
    systemLogs: gathered.systemLogs,
    mark,
  };
}

function parentsFirst(agents: readonly RuntimeAgent[]): RuntimeAgent[] {
  const ordered = new Map<string, RuntimeAgent>();
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  for (const agent of agents) {
    const line: RuntimeAgent[] = [];
    for (let one = byId.get(agent.id); one !== undefined && !line.includes(one);) {
      line.push(one);
      one = byId.get(one.parent_agent_id ?? "");
    }
    for (const one of line.toReversed()) ordered.set(one.id, one);
  }
  return [...ordered.values()];
}

function conversationWrite(draft: Draft): ConversationWrite {
  const { conversation, known, agent, state, turns, isMoved } = draft;
  // Calls may show that a turn which had failed goes on.
  const isAtWork = agent.status === "executing" || isMoved || turns.some((turn) => isOpen(turn));
  const endsIdle = !state.direct && !isFinal(agent.status) && isAtWork;
  return { conversation, agentId: agent.id, expected: known?.revision ?? null, state, endsIdle };
}

function agentChange(was: RuntimeAgent | null, agent: RuntimeAgent): IngestPlan["agentChanges"] {
  if (was === null) return [];
  const { updated_at, ...fields } = agent;
  const set = changedFields(was, fields);
  return Object.keys(set).length === 0 ? [] : [{ id: agent.id, expected: was.status, set: { ...set, updated_at } }];
}

function newPrompt({ prompt, set, append }: TurnDraft): Prompt[] {
  if (prompt === null) return [];
  const first = { ...prompt, ...set };
  if (append.length === 0) return [first];
  return [{ ...first, response_text: [first.response_text, ...append].filter((text) => text !== null).join("\n\n") }];
}

/** Of the writes to one prompt the first checks what it was decided on. */
function promptChanges({ turn, prompt, was, set, append }: TurnDraft): PromptWrite[] {
  if (prompt !== null || (Object.keys(set).length === 0 && append.length === 0)) return [];
  return [{ id: turn.promptId, expected: was!, set, append: append.length === 0 ? null : append.join("\n\n") }];
}

function settlement({ conversation, known, isMoved, opened, moved, reassignFrom }: Draft): Settlement[] {
  const isLate = opened !== null && known !== null;
  if (!isMoved && !isLate && moved.size === 0 && reassignFrom === null) return [];
  return [{ conversation, promptIds: [...moved], opened, reassignFrom }];
}
