import { setImmediate as nextTick } from "node:timers/promises";
import { type Budget, budgetOf } from "#src/domain/budget.ts";
import {
  type AgentCost,
  type Cost,
  type CostRow,
  type CostWindow,
  MOST_AGENTS,
  withUnknown,
} from "#src/domain/costs.ts";
import { roundUsd } from "#src/domain/values.ts";
import type { CostStore } from "#src/database/costs.ts";
import type { Read } from "#src/database/manager.ts";
import { createPromptSums, newCost, type PromptSums } from "./prompt-sums.ts";
import type { Reader } from "./reader.ts";
import { asText, UNREADABLE_MS } from "./rows.ts";
import { budgetsOf, spentOf, usdOf } from "./spent.ts";
import { AGENT_NANO, type Branch, readSubtree } from "./subtree.ts";
import { countUnknown } from "./unknown-costs.ts";

const NANO = 1e9;
/** Rows that are read at a stretch. */
const SLICE = 1_000;
const READ_MS = 5;

/** Newest first, behind a place. */
const AGENTS = `select a.rowid as r, a.id, a.started_ms as ms, ${AGENT_NANO} as nano from agents a indexed by agents_by_time
  where a.started_ms >= $since and (a.started_ms, a.id) < ($ms, $id) order by a.started_ms desc, a.id desc limit $limit`;
const NAMES = "a.name, (select d.name from orchestrator_agents d where d.id = a.orchestrator_agent_id) as definition";
const AGENT_NAMES = `select a.id, ${NAMES} from agents a where a.rowid in (select value from json_each($rowids))`;
/** That of its first agent. */
const SESSION_NAME = `select ${NAMES} from agents a indexed by agents_by_session
  where a.session_id = $id order by a.started_ms, a.id limit 1`;
const UNKNOWN_OF_SESSION = `select count(*) as n from prompts indexed by prompts_of_unknown_cost_by_session
  where cost_source = 'unknown' and session_id = $id`;
const SESSIONS = `select s.session_id as id, s.last_ms as ms, s.agents + ifnull(p.agents, 0) as agents,
    s.prompts + ifnull(p.prompts, 0) as prompts, s.tokens_input + ifnull(p.tokens_input, 0) as tokens_input,
    s.tokens_output + ifnull(p.tokens_output, 0) as tokens_output, s.nano + ifnull(p.nano, 0) as nano
  from orchestrator_sessions s indexed by sessions_by_activity left join orchestrator_purged_sessions p on p.session_id = s.session_id
  where s.last_ms >= $since and (s.last_ms, s.session_id) < ($ms, $id) and s.agents + ifnull(p.agents, 0) > 0
  order by s.last_ms desc, s.session_id desc limit $limit`;
const DEFINITION_NAMES = `select id, cast(name as text) as name from orchestrator_agents where id in (select value from json_each($ids))`;

type Placed = { readonly id: string; readonly ms: number; readonly nano: number };
type FoundAgent = Placed & { readonly r: number };
type Named = { readonly name: unknown; readonly definition: unknown };
type FoundSession = Placed & Pick<CostRow, "agents" | "prompts" | "tokens_input" | "tokens_output">;

/** Behind every text. */
const END = "\u{10FFFF}";

/** Costs of agents and sessions are columns; tokens of an agent are those of its prompts, read a few milliseconds at a time. */
export function createCostStore(reader: Reader): CostStore {
  const prompts = createPromptSums(reader);

  /** The costliest of the newest rows of a window. */
  async function costliest<Row extends Placed>(sql: string, window: CostWindow): Promise<Read<Row[]>> {
    const { since, until = Number.MAX_SAFE_INTEGER, limit } = window;
    const rows: Row[] = [];
    let seq: number | null = null;
    const from = since ?? (window.until === undefined ? UNREADABLE_MS : UNREADABLE_MS + 1);
    // The first step is one that ends before `until`.
    let place: { ms: number; id: string } = { ms: until - 1, id: END };
    for (let left = MOST_AGENTS; left > 0; left -= SLICE) {
      const bindings = { since: from, ...place, limit: SLICE };
      const slice = await reader.snapshot(() => reader.prepare<Row>(sql).all(bindings));
      seq ??= slice.seq;
      rows.push(...slice.value);
      if (slice.value.length < SLICE) break;
      const { ms, id } = slice.value.at(-1)!;
      place = { ms, id };
      await nextTick();
    }
    // Of equal ones the newest first, as they come.
    return { seq: seq!, value: rows.toSorted((a, b) => b.nano - a.nano).slice(0, limit) };
  }

  return {
    async ofAgent(id) {
      const { value: tree, seq } = await readSubtree(reader, id);
      if (tree.agents.length === 0) return { value: null, seq };
      const own = await prompts.together([id]);
      const below = tree.agents.slice(1).map((agent) => agent.id);
      const sums = await prompts.together(below, own.copy());
      const cut = tree.isCut ? { truncated: true as const } : {};
      const budget = await nearestBudget(reader, id);
      return { seq, value: { ...toAgentCost(tree.agents, own, sums), budget, ...cut } };
    },
    async byAgent(window) {
      const { value: agents, seq } = await costliest<FoundAgent>(AGENTS, window);
      const rowids = JSON.stringify(agents.map(({ r }) => r));
      const found = await reader.read(() => reader.prepare<Named & { id: string }>(AGENT_NAMES).all({ rowids }));
      const names = new Map(found.map((row) => [row.id, nameOf(row)]));
      const sums = await prompts.each(agents.map(({ id }) => id));
      const rows = agents.map(({ id, nano }, at): CostRow => {
        const { total, sources } = sums[at]!;
        const { tokens_input, tokens_output } = total;
        const totals = { agents: 1, prompts: total.prompts, tokens_input, tokens_output, cost_usd: nano / NANO };
        return withUnknown({ key: id, name: names.get(id) ?? null, ...totals }, sources.unknown_prompts);
      });
      return { value: rows, seq };
    },
    async bySession(window) {
      const { value, seq } = await costliest<FoundSession>(SESSIONS, window);
      const rows: CostRow[] = [];
      let end = performance.now() + READ_MS;
      for (const session of value) {
        rows.push(await reader.read(() => toSessionRow(reader, session)));
        if (performance.now() <= end) continue;
        await nextTick();
        end = performance.now() + READ_MS;
      }
      return { seq, value: rows };
    },
    unknownPrompts: (request) => countUnknown(reader, request),
    definitionNames: (ids) =>
      reader.read(() => {
        const rows = reader.prepare<{ id: string; name: string }>(DEFINITION_NAMES).all({ ids: JSON.stringify(ids) });
        return new Map(rows.map(({ id, name }) => [id, name]));
      }),
  };
}

async function nearestBudget(reader: Reader, agentId: string): Promise<Budget | null> {
  const [nearest] = await reader.read(() => budgetsOf(reader, agentId));
  return nearest === undefined ? null : budgetOf({ ...nearest, cost_usd: await spentOf(reader, nearest) });
}

function toSessionRow(reader: Reader, session: FoundSession): CostRow {
  const { id, nano, agents, prompts, tokens_input, tokens_output } = session;
  const first = reader.prepare<Named>(SESSION_NAME).get({ id });
  const { n } = reader.prepare<{ n: number }>(UNKNOWN_OF_SESSION).get({ id })!;
  const name = first === null ? null : nameOf(first);
  return withUnknown({ key: id, name, agents, prompts, tokens_input, tokens_output, cost_usd: nano / NANO }, n);
}

function nameOf({ name, definition }: Named): string | null {
  return asText(name) ?? asText(definition);
}

/** The first of the agents is the one that was asked for. */
function toAgentCost(
  agents: readonly Branch[],
  own: PromptSums,
  sums: PromptSums,
): Omit<AgentCost, "budget" | "truncated"> {
  const beyond = usdOf(agents, ({ nano, prompts_nano: booked }) => Math.max(0, nano - booked));
  return {
    agent_id: agents[0]!.id,
    own: { ...own.total, cost_usd: agents[0]!.nano / NANO },
    subtree: { ...sums.total, cost_usd: usdOf(agents, ({ nano }) => nano) },
    by_model: byModel(sums.models, beyond),
    sources: sums.sources,
    agents: agents.length,
  };
}

function byModel(models: ReadonlyMap<string | null, Cost>, beyond: number): AgentCost["by_model"] {
  const all = new Map(models);
  const none = all.get(null) ?? newCost();
  if (beyond > 0) all.set(null, { ...none, cost_usd: roundUsd(none.cost_usd + beyond) });
  return [...all]
    .map(([model, cost]) => ({ model, ...cost, cost_usd: roundUsd(cost.cost_usd) }))
    .toSorted((a, b) => b.cost_usd - a.cost_usd || b.prompts - a.prompts);
}
