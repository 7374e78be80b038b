import { encodeCursor } from "#src/domain/listing.ts";
import { MODELS } from "./fixture/runs.ts";
import type { Random } from "./fixture/random.ts";
import { agentId, definitionId, sessionOf, type Shape, timeOf } from "./fixture/shape.ts";
import { MARKS } from "./fixture/words.ts";

/** A request that is measured at every size. Its path may differ from call to call, over all that the database holds. */
export type Query = { readonly name: string; readonly path: (shape: Shape, random: Random) => string };

const LOGS = "/api/runtime/logs";
const AGENTS = "/api/runtime/agents";
const PROMPTS = "/api/runtime/prompts";
const SYSTEM = "/api/system/logs";
const SESSIONS = "/api/runtime/sessions";

function fixed(name: string, path: string): Query {
  return { name, path: () => path };
}

function agentOf({ agents }: Shape, random: Random): string {
  return agentId(random.below(agents));
}

function sessionIn({ agents }: Shape, random: Random): string {
  return sessionOf(random.below(agents));
}

/** A day somewhere, or a shorter part of the whole time. */
function window(shape: Shape, random: Random, millis = 86_400_000): string {
  const since = shape.firstMs + random.below(Math.max(1, shape.lastMs - shape.firstMs - millis));
  return `since=${new Date(since).toISOString()}&until=${new Date(since + millis).toISOString()}`;
}

/** Behind half of the rows. */
function deep(shape: Shape, rows: number, id: (row: number) => string | number): string {
  const row = Math.floor(rows / 2);
  return `cursor=${encodeCursor({ millis: timeOf(shape, row, rows), id: id(row) })}`;
}

export const LISTS: readonly Query[] = [
  fixed("agent logs, newest 100", LOGS),
  { name: "agent logs, a page in the middle", path: (shape) => `${LOGS}?${deep(shape, shape.logs, (row) => row)}` },
  { name: "agent logs, a window", path: (shape, random) => `${LOGS}?${window(shape, random)}` },
  fixed("runtime agents, newest 100", AGENTS),
  { name: "runtime agents, a page in the middle", path: (shape) => `${AGENTS}?${deep(shape, shape.agents, agentId)}` },
  fixed("prompts, newest 100", PROMPTS),
  fixed("system logs, newest 100", SYSTEM),
  fixed("workflows, newest 100", "/api/runtime/workflows"),
  fixed("definitions", "/api/agents"),
];

export const FILTERS: readonly Query[] = [
  fixed("logs of a frequent level", `${LOGS}?level=INFO`),
  fixed("logs of a rare level", `${LOGS}?level=CRITICAL`),
  fixed("logs of a type", `${LOGS}?log_type=error`),
  { name: "logs of an agent", path: (shape, random) => `${LOGS}?agent_id=${agentOf(shape, random)}` },
  { name: "logs below an agent's path", path: (shape, random) => `${LOGS}/agent/${agentOf(shape, random)}` },
  { name: "logs of a session", path: (shape, random) => `${LOGS}?session_id=${sessionIn(shape, random)}` },
  {
    name: "logs of a session that is not there",
    path: (_, random) => `${LOGS}?session_id=none-${random.below(1000)}`,
  },
  fixed("logs of any of two levels", `${LOGS}?level=ERROR,CRITICAL`),
  {
    name: "logs of any of two sessions",
    path: (shape, random) => `${LOGS}?session_id=${sessionIn(shape, random)},${sessionIn(shape, random)}`,
  },
  { name: "logs of a level, a window", path: (shape, random) => `${LOGS}?level=ERROR&${window(shape, random)}` },
  { name: "logs of a type, a window", path: (shape, random) => `${LOGS}?log_type=milestone&${window(shape, random)}` },
  {
    name: "logs of a level, a page in the middle",
    path: (shape) => `${LOGS}?level=INFO&${deep(shape, shape.logs, (row) => row)}`,
  },
  fixed("logs, two filters, both frequent", `${LOGS}?level=INFO&log_type=tool_call`),
  fixed("logs, two filters, both rare", `${LOGS}?level=CRITICAL&log_type=error`),
  {
    name: "logs of an agent and a level",
    path: (shape, random) => `${LOGS}?agent_id=${agentOf(shape, random)}&level=ERROR`,
  },
  {
    name: "agents of a session",
    path: (shape, random) => `${AGENTS}?session_id=${sessionIn(shape, random)}`,
  },
  fixed("agents of a status", `${AGENTS}?status=failed`),
  fixed("agents alive", `${AGENTS}?status=pending,initializing,idle,planning,executing,reviewing,waiting`),
  {
    name: "agents of a definition",
    path: ({ definitions }, random) => `${AGENTS}?orchestrator_agent_id=${definitionId(random.below(definitions))}`,
  },
  {
    name: "agents below an agent",
    path: (shape, random) => `${AGENTS}?parent_agent_id=${agentOf(shape, random)}`,
  },
  { name: "prompts of an agent", path: (shape, random) => `${PROMPTS}?agent_id=${agentOf(shape, random)}` },
  { name: "prompts of a session", path: (shape, random) => `${PROMPTS}?session_id=${sessionIn(shape, random)}` },
  fixed("prompts of a status", `${PROMPTS}?status=failed`),
  fixed("prompts of a type", `${PROMPTS}?prompt_type=followup`),
  { name: "prompts of a model", path: (_, random) => `${PROMPTS}?model=${MODELS[random.below(MODELS.length)]}` },
  fixed("prompts of a status and a model", `${PROMPTS}?status=failed&model=${MODELS[0]}`),
  fixed("system logs of a level", `${SYSTEM}?level=ERROR`),
  fixed("system logs of a component", `${SYSTEM}?component=migration`),
  fixed("workflows of a status", "/api/runtime/workflows?status=failed"),
  fixed("workflows of a type", "/api/runtime/workflows?workflow_type=plan_build"),
  fixed("definitions of a type", "/api/agents?agent_type=reviewer"),
];

const search = (name: string, q: string, path = LOGS) => fixed(name, `${path}?q=${encodeURIComponent(q)}`);

export const SEARCHES: readonly Query[] = [
  search("logs: a word of nearly all", "the"),
  search("logs: a frequent word", "error"),
  search("logs: a word of five", MARKS.rare),
  search("logs: a word of the first log only", MARKS.first),
  search("logs: a word that is nowhere", MARKS.nowhere),
  search("logs: a phrase of a hundredth", `"${MARKS.phrase}"`),
  search("logs: a rare phrase of frequent words", '"merge delete create close"'),
  search("logs: two frequent words", "file error"),
  search("logs: two frequent words, never together", `${MARKS.oneTenth} ${MARKS.otherTenth}`),
  search("logs: a frequent and a rare word", `the ${MARKS.rare}`),
  search("logs: a frequent word without another", "error -the"),
  search("logs: a prefix of one letter", "f"),
  search("logs: a prefix of three letters", "con"),
  search("logs: a rare prefix", "zanzi"),
  search("logs: Japanese, a thousandth", MARKS.japanese),
  search("logs: Cyrillic", "ошибка"),
  {
    name: "logs: a frequent word of an agent",
    path: (shape, random) => `${LOGS}?q=file&agent_id=${agentOf(shape, random)}`,
  },
  fixed("logs: a frequent word of a rare level", `${LOGS}?q=file&level=CRITICAL`),
  { name: "logs: a frequent word, a window", path: (shape, random) => `${LOGS}?q=file&${window(shape, random)}` },
  {
    name: "logs: a frequent word, a page in the middle",
    path: (shape) => `${LOGS}?q=file&${deep(shape, shape.logs, (row) => row)}`,
  },
  search("prompts: a frequent word", "file", PROMPTS),
  search("prompts: a word of five", MARKS.rare, PROMPTS),
  search("prompts: two frequent words", "file error", PROMPTS),
  search("system logs: a frequent word", "file", SYSTEM),
  search("system logs: a word of five", MARKS.rare, SYSTEM),
  search("definitions: a word", "file", "/api/agents"),
];

export const ROLL_UPS: readonly Query[] = [
  { name: "one session with its tree", path: (shape, random) => `${SESSIONS}/${sessionIn(shape, random)}` },
  fixed("sessions, newest 100", SESSIONS),
  { name: "sessions, a window", path: (shape, random) => `${SESSIONS}?${window(shape, random)}` },
  {
    name: "sessions, a page in the middle",
    path: (shape) => `${SESSIONS}?${deep(shape, shape.sessions, (session) => sessionOf(session * 10))}`,
  },
  fixed("stats by day", "/api/stats?by=day"),
  fixed("stats by model", "/api/stats?by=model"),
  fixed("stats by type", "/api/stats?by=agent_type"),
  fixed("stats by definition", "/api/stats?by=orchestrator_agent"),
  {
    name: "stats by model, a window of a week",
    path: (shape, random) => `/api/stats?by=model&${window(shape, random, 7 * 86_400_000)}`,
  },
];
