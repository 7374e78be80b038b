import { setImmediate as nextTick } from "node:timers/promises";
import { MOST_AGENTS } from "#src/domain/costs.ts";
import type { Read } from "#src/database/manager.ts";
import type { Reader } from "./reader.ts";

/** How long it is read at a stretch, and how many agents below one at once. */
const READ_MS = 5;
const CHILDREN = 200;

/** What an agent `a` cost in 1e-9 US dollars, whatever another program has stored there (as in 0005). */
export const AGENT_NANO = `case when typeof(a.cost_usd) in ('integer', 'real') and a.cost_usd between 0 and 1e300
  then cast(round(min(a.cost_usd, 1e9) * 1e9) as integer) else 0 end`;

const COLUMNS = `a.id, a.started_ms as ms, ${AGENT_NANO} as nano, a.prompts_nano`;
const ROOT = `select ${COLUMNS} from agents a where a.id = $id`;
const BELOW = `select ${COLUMNS} from agents a indexed by agents_by_parent
  where a.parent_agent_id = $id and (a.started_ms, a.id) > ($ms, $after) order by a.started_ms, a.id limit ${CHILDREN}`;

/** An agent of a sub-tree: what it cost, and what its prompts did. */
export type Branch = { readonly id: string; readonly ms: number; readonly nano: number; readonly prompts_nano: number };

/** The first is the agent itself; there is none when it is not there. */
export type Subtree = { readonly agents: readonly Branch[]; readonly isCut: boolean };

/**
 * An agent and all below it, each once, however they are linked: level by level, at most 10,000. A large one is read in
 * several snapshots; `seq` is that of the first.
 */
export async function readSubtree(reader: Reader, id: string): Promise<Read<Subtree>> {
  const agents: Branch[] = [];
  const known = new Set<string>();
  let next = 0;
  let place = { ms: Number.MIN_SAFE_INTEGER, after: "" };
  let isCut = false;

  function take(branch: Branch): void {
    if (known.has(branch.id)) return;
    known.add(branch.id);
    if (agents.length < MOST_AGENTS) agents.push(branch);
    else isCut = true;
  }

  /** False when the time is up before the end. */
  function walk(): boolean {
    const end = performance.now() + READ_MS;
    const below = reader.prepare<Branch>(BELOW);
    while (next < agents.length && !isCut) {
      const found = below.all({ id: agents[next]!.id, ...place });
      for (const branch of found) take(branch);
      const last = found.at(-1);
      if (found.length === CHILDREN && last !== undefined) place = { ms: last.ms, after: last.id };
      else {
        next += 1;
        place = { ms: Number.MIN_SAFE_INTEGER, after: "" };
      }
      if (performance.now() > end) return next >= agents.length || isCut;
    }
    return true;
  }

  const first = await reader.snapshot(() => {
    const root = reader.prepare<Branch>(ROOT).get({ id });
    if (root !== null) take(root);
    return walk();
  });
  for (let isDone = first.value; !isDone; isDone = await reader.read(walk)) await nextTick();
  return { seq: first.seq, value: { agents, isCut } };
}
