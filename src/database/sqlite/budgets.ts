import { setImmediate as nextTick } from "node:timers/promises";
import {
  type Budget,
  type BudgetLevel,
  budgetLevel,
  budgetLog,
  budgetOf,
  type BudgetScope,
} from "#src/domain/budget.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { BudgetStore } from "#src/database/costs.ts";
import { insertAgentLog } from "./agent-logs.ts";
import { HEAD_SEQ, type Reader } from "./reader.ts";
import { asText } from "./rows.ts";
import { budgetsOf, type SetBudget, spentOf } from "./spent.ts";
import type { Writer } from "./writer.ts";

/** How long one look holds the thread, and what a step reads at most. */
const LOOK_MS = 6;
const CHANGES = 500;
const NEW_BUDGETS = 100;

const STATE = `select ${HEAD_SEQ} as head, ifnull((select min(seq) from changes), ${HEAD_SEQ} + 1) as oldest,
  ifnull((select max(revision) from orchestrator_budgets), 0) as revision`;
const NEW = `select revision, scope, id, max_cost_usd from orchestrator_budgets where revision > $seen order by revision limit ${NEW_BUDGETS}`;
const CHANGED = `select seq, iif(entity = 'agent' and op <> 'deleted', cast(entity_id as text), null) as agent_id
  from changes where seq > $after order by seq limit ${CHANGES}`;
const IS_TOLD = `select 1 from orchestrator_budget_notices
  where scope = $scope and id = $id and max_cost_usd = $most and level in ($level, 'exceeded') limit 1`;
/** Not when the amount is another by now. */
const NOTE = `insert into orchestrator_budget_notices (scope, id, max_cost_usd, level, at_ms)
  select scope, id, max_cost_usd, $level, $now from orchestrator_budgets where scope = $scope and id = $id and max_cost_usd = $most
  on conflict do nothing`;
const TELL = `insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
  values ($now, 'budget', $level, $id, $agentId, $sessionId, $data)`;
const AGENT = "select id, cast(session_id as text) as session_id from agents where id = $id";
/** Whom a budget is told to that has been set when it was spent already. */
const NEWEST: Readonly<Record<BudgetScope, string>> = {
  agent: AGENT,
  definition: `select id, cast(session_id as text) as session_id from agents indexed by agents_by_definition
    where orchestrator_agent_id = $id order by started_ms desc, id desc limit 1`,
  session: `select id, session_id from agents indexed by agents_by_session
    where session_id = $id order by started_ms desc, id desc limit 1`,
};
const NAME: Readonly<Record<Exclude<BudgetScope, "session">, string>> = {
  agent: "select name from agents where id = $id",
  definition: "select name from orchestrator_agents where id = $id",
};

type AgentRow = { readonly id: string; readonly session_id: string };

/** A budget that has come to a level. `agentId`: whose change brought it there; null when it was set afterwards. */
type Crossing = { readonly budget: Budget; readonly level: BudgetLevel; readonly agentId: string | null };

/**
 * Looks on the connection that reads, and writes only what there is to tell. Where it stands is kept in memory: an opening
 * looks at all budgets once, and so does a step that finds changes pruned which it has not seen.
 */
export function createBudgetStore(reader: Reader, writer: Writer): BudgetStore {
  let seen = 0;
  let cursor: number | null = null;

  async function look() {
    const crossings = new Map<string, Crossing>();
    const { head, oldest, revision } = await reader.read(() =>
      reader.prepare<{ head: number; oldest: number; revision: number }>(STATE).get({})!,
    );
    let place = { seen, cursor: cursor ?? head };
    if (revision === 0) return { crossings, place: { seen: 0, cursor: head }, done: true };
    if (oldest > place.cursor + 1) place = { seen: 0, cursor: head };
    const breathe = pausingEvery(LOOK_MS);
    place.seen = await lookAtNew(place.seen, crossings, breathe);
    place.cursor = await followChanges(place.cursor, crossings, breathe);
    return { crossings, place, done: place.seen >= revision && place.cursor >= head };
  }

  async function lookAtNew(after: number, crossings: Map<string, Crossing>, breathe: Breathe): Promise<number> {
    const found = await reader.read(() => reader.prepare<SetBudget & { revision: number }>(NEW).all({ seen: after }));
    for (const budget of found) {
      await note(crossings, budget, null);
      await breathe();
    }
    return found.at(-1)?.revision ?? after;
  }

  /** Whole, for the last of its changes tells who brought a budget where it is. */
  async function followChanges(after: number, crossings: Map<string, Crossing>, breathe: Breathe): Promise<number> {
    const changes = await reader.read(() =>
      reader.prepare<{ seq: number; agent_id: string | null }>(CHANGED).all({ after }),
    );
    const looked = new Set<string>();
    for (const { agent_id: agentId } of changes) {
      if (agentId === null) continue;
      for (const budget of await reader.read(() => budgetsOf(reader, agentId))) {
        const key = keyOf(budget);
        const crossing = crossings.get(key);
        if (crossing !== undefined) crossings.set(key, { ...crossing, agentId });
        else if (!looked.has(key)) await note(crossings, budget, agentId);
        looked.add(key);
      }
      await breathe();
    }
    return changes.at(-1)?.seq ?? after;
  }

  async function note(crossings: Map<string, Crossing>, set: SetBudget, agentId: string | null): Promise<void> {
    const { scope, id, max_cost_usd } = set;
    const budget = budgetOf({ scope, id, max_cost_usd, cost_usd: await spentOf(reader, set) });
    const level = budgetLevel(budget);
    if (level === null) return;
    const isTold = await reader.read(
      () => reader.prepare(IS_TOLD).get({ scope, id, most: max_cost_usd, level }) !== null,
    );
    if (!isTold) crossings.set(keyOf(set), { budget, level, agentId });
  }

  function nameOf({ scope, id }: Budget): string | null {
    if (scope === "session") return null;
    return asText(writer.prepare<{ name: unknown }>(NAME[scope]).get({ id })?.name);
  }

  /** Inside a write: notice, log and change; nothing when another process was first. */
  function tell({ budget, level, agentId }: Crossing, now: number): void {
    const { scope, id, max_cost_usd: most } = budget;
    if (writer.prepare(NOTE).run({ scope, id, most, level, now }).changes === 0) return;
    const sql = agentId === null ? NEWEST[scope] : AGENT;
    const agent = writer.prepare<AgentRow>(sql).get({ id: agentId ?? id });
    if (agent !== null) {
      const told = { agentId: agent.id, name: nameOf(budget), now: toTimestamp(now) };
      insertAgentLog(writer, budgetLog(budget, level, told));
    }
    const sessionId = agent?.session_id ?? (scope === "session" ? id : null);
    writer.prepare(TELL).run({ now, level, id, agentId: agent?.id ?? null, sessionId, data: JSON.stringify(budget) });
  }

  return {
    async step(now) {
      const { crossings, place, done } = await look();
      for (const crossing of crossings.values()) {
        await writer.write(() => tell(crossing, now), { background: true });
      }
      ({ seen, cursor } = place);
      return { done };
    },
  };
}

function keyOf({ scope, id }: Pick<SetBudget, "scope" | "id">): string {
  return `${scope} ${id}`;
}

type Breathe = () => Promise<void>;

/** Lets others have the thread when it was held for so long. */
function pausingEvery(millis: number): Breathe {
  let end = performance.now() + millis;
  return async () => {
    if (performance.now() < end) return;
    await nextTick();
    end = performance.now() + millis;
  };
}
