import type { Mark } from "./marks.ts";
import type { PromptSpan } from "./prompt-spans.ts";
import { firstFrom, millisOf, type Span, type Timed } from "./timeline-geometry.ts";

/** A prompt on the time axis, UTC milliseconds; `to` is null while it goes on. */
export type TimedPrompt = { readonly prompt: PromptSpan; readonly from: number; readonly to: number | null };

/** What is drawn on an agent's row. Kept as one object as long as it is the same, so that the row is not drawn again. */
export type RowData = {
  /** In order of their begin. */
  readonly prompts: readonly TimedPrompt[];
  /** In order of time. */
  readonly marks: readonly Mark[];
  /** When tools were called, and when something went wrong, in order. */
  readonly tools: readonly number[];
  readonly errors: readonly number[];
};

const NOTHING: RowData = { prompts: [], marks: [], tools: [], errors: [] };

type AgentTimes = {
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly updated_at: string | null;
  readonly status: string;
  readonly quiet_since: string | null;
  readonly lost: boolean;
};

const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/** Other programs often store no end: the last change of one that has ended is it. One that is lost has gone on no longer than it was heard of. */
export function timesOf({ started_at, completed_at, updated_at, status, quiet_since, lost }: AgentTimes): Timed {
  if (lost) return { began: started_at, ended: quiet_since, touched: updated_at, isOpen: false };
  return { began: started_at, ended: completed_at, touched: updated_at, isOpen: !FINAL.has(status) };
}

function timedPrompt(prompt: PromptSpan, agent: Timed | undefined): TimedPrompt | null {
  const [created, completed] = [millisOf(prompt.created_at), millisOf(prompt.completed_at)];
  const from = beginOf(created, completed, prompt.latency_ms, millisOf(agent?.began ?? null));
  if (from === null) return null;
  if (isOpenIn(prompt, agent)) return { prompt, from, to: null };
  // Who has ended works on nothing any more, whatever is stored of the prompt.
  const end = completed ?? (FINAL.has(prompt.status) ? null : millisOf(agent?.ended ?? agent?.touched ?? null));
  return { prompt, from, to: Math.max(from, end ?? created ?? from) };
}

function isOpenIn({ status }: PromptSpan, agent: Timed | undefined): boolean {
  return !FINAL.has(status) && agent?.isOpen !== false;
}

/** When a prompt was going on, up to now. */
export function promptSpan({ from, to }: TimedPrompt, now: number): Span {
  return { from, to: to ?? Math.max(from, now) };
}

/** A prompt that is stored when it is answered began as long before as it took, but not before its agent. */
function beginOf(
  created: number | null,
  completed: number | null,
  latency: number | null,
  started: number | null,
): number | null {
  const end = completed ?? created;
  if (created === null || latency === null || end === null || end - created >= latency) return created ?? completed;
  return Math.min(created, Math.max(end - latency, started ?? Number.NEGATIVE_INFINITY));
}

/** Prompts and marks by agent. What an agent had before is kept where it is the same. */
export function rowsData(
  prompts: Iterable<PromptSpan>,
  marks: ReadonlyMap<string, readonly Mark[]>,
  agents: ReadonlyMap<string, AgentTimes>,
  before: ReadonlyMap<string, RowData>,
): ReadonlyMap<string, RowData> {
  const byAgent = new Map<string, TimedPrompt[]>();
  const known = new Map<PromptSpan, TimedPrompt>();
  for (const { prompts: timed } of before.values()) for (const one of timed) known.set(one.prompt, one);
  for (const prompt of prompts) {
    const agent = agents.get(prompt.agent_id);
    const times = agent === undefined ? undefined : timesOf(agent);
    const last = known.get(prompt);
    const isSame = last !== undefined && (last.to === null) === isOpenIn(prompt, times);
    const timed = isSame ? last : timedPrompt(prompt, times);
    if (timed === null) continue;
    const own = byAgent.get(prompt.agent_id);
    if (own === undefined) byAgent.set(prompt.agent_id, [timed]);
    else own.push(timed);
  }
  const rows = new Map<string, RowData>();
  for (const agent of new Set([...byAgent.keys(), ...marks.keys()])) {
    const own = (byAgent.get(agent) ?? []).toSorted((a, b) => a.from - b.from);
    const row = before.get(agent) ?? NOTHING;
    const agentMarks = marks.get(agent) ?? NOTHING.marks;
    const isSame = row.marks === agentMarks && areSame(row.prompts, own);
    rows.set(agent, isSame ? row : { prompts: own, marks: agentMarks, ...timesOfMarks(agentMarks) });
  }
  return rows;
}

function timesOfMarks(marks: readonly Mark[]): Pick<RowData, "tools" | "errors"> {
  const at = (isError: boolean) => marks.filter((mark) => mark.isError === isError).map((mark) => mark.at);
  return { tools: at(false), errors: at(true) };
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** What stands at a moment on a row: a mark before a prompt, within `reach` milliseconds. */
export type Hit = { readonly mark: Mark } | { readonly prompt: PromptSpan; readonly span: Span };

export function hitAt({ prompts, marks }: RowData, moment: number, reach: number, now: number): Hit | null {
  const mark = nearest(marks, moment, reach);
  if (mark !== null) return { mark };
  let best: { readonly prompt: PromptSpan; readonly span: Span } | null = null;
  for (const timed of prompts) {
    if (timed.from > moment + reach) break;
    const span = promptSpan(timed, now);
    // The one that began last lies on top.
    if (span.to + reach >= moment) best = { prompt: timed.prompt, span };
  }
  return best;
}

function nearest(marks: readonly Mark[], moment: number, reach: number): Mark | null {
  const times = marks.map(({ at }) => at);
  const behind = firstFrom(times, moment);
  const near = [marks[behind - 1], marks[behind]].filter((mark) => mark !== undefined);
  const [best] = near.toSorted((a, b) => distance(a, moment) - distance(b, moment));
  return best !== undefined && distance(best, moment) <= reach ? best : null;
}

function distance({ at }: Mark, moment: number): number {
  return Math.abs(at - moment);
}

/** All that stands on a row, in order of time: what one steps through by keys. */
export function hitsOf({ prompts, marks }: RowData, now: number): Hit[] {
  const all: { readonly at: number; readonly hit: Hit }[] = marks.map((mark) => ({ at: mark.at, hit: { mark } }));
  for (const timed of prompts) {
    all.push({ at: timed.from, hit: { prompt: timed.prompt, span: promptSpan(timed, now) } });
  }
  return all.toSorted((a, b) => a.at - b.at).map(({ hit }) => hit);
}

export function momentOf(hit: Hit): number {
  return "mark" in hit ? hit.mark.at : hit.span.from;
}
