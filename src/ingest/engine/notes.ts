import type { NewAgentLog } from "#src/domain/agent-log.ts";
import type { Draft, Gathered, Moment } from "./draft.ts";
import { LOG_RANK, logKey } from "./keys.ts";
import type { Noted, Report } from "#src/ingest/report.ts";
import { isBehind } from "./stream-turns.ts";

type Note = Pick<NewAgentLog, "log_level" | "log_type" | "message"> & {
  readonly details: Readonly<Record<string, unknown>>;
};

/** Of a log that only telemetry tells, and only until others do. */
const ALONE = 0;

/** A hook or stream speaks for the conversation from now on. */
export function speakDirectly({ logs, lowered }: Gathered, { conversation, known, state }: Draft): void {
  const wasTold = known !== null || logs.some(({ told }) => told?.conversation === conversation);
  if (!state.direct && wasTold) lowered.push({ conversation, type: "tool_call", below: ALONE + 1 });
  state.direct = true;
}

/** Writes the log that a report tells. */
export function tell(gathered: Gathered, draft: Draft, report: Report, fact: Noted, moment: Moment): void {
  const { level, type: log_type, message, details, key } = fact;
  const isAside = fact.isAside === true && report.channel === "otel" && report.key !== null;
  const isDetail = isAside ? draft.state.direct : fact.isAside === true && isBehind(draft, report, moment);
  const log_level = isDetail ? "DEBUG" : level;
  const rank = LOG_RANK[report.channel];
  const told = key === undefined ? null : { key: logKey(key), rank };
  const alone = isAside ? { key: logKey(`alone ${report.key}`), rank: ALONE } : told;
  note(gathered, draft, { log_level, log_type, message, details }, alone, moment.now);
}

/** Writes a log; one that has a key is written once, and what is told of it later goes into its details. */
export function note(
  gathered: Gathered,
  draft: Draft,
  given: Note,
  told: { readonly key: string; readonly rank: number } | null,
  now: string,
): void {
  const known = told === null ? undefined : draft.told.get(told.key);
  if (told === null || known === undefined) {
    const { conversation } = draft;
    const log = {
      agent_id: draft.agent.id,
      ...given,
      created_at: now,
      told: told === null ? null : { conversation, ...told },
    };
    gathered.logs.push(log);
    if (told !== null) draft.told.set(told.key, { rank: told.rank, log: null, written: log, change: null });
    return;
  }
  retell(gathered, draft, given, told);
}

function retell(
  gathered: Gathered,
  draft: Draft,
  given: Note,
  { key, rank }: { readonly key: string; readonly rank: number },
): void {
  const known = draft.told.get(key)!;
  const was = known.change?.set ?? known.written ?? known.log;
  // Retention has removed it.
  if (was === null) return;
  const isBetter = rank >= known.rank;
  const details = isBetter
    ? { ...fields(was.details), ...given.details }
    : { ...given.details, ...fields(was.details) };
  const { message, log_level } = isBetter ? given : was;
  const set = { message, log_level, details };
  const isSame = Bun.deepEquals(set, { message: was.message, log_level: was.log_level, details: was.details });
  // Who tells the same, but is to be believed more, is remembered.
  if (isSame && rank <= known.rank) return;
  known.rank = Math.max(known.rank, rank);
  if (known.written !== null) {
    const written = { ...known.written, ...set, told: { ...known.written.told!, rank: known.rank } };
    gathered.logs[gathered.logs.indexOf(known.written)] = written;
    known.written = written;
    return;
  }
  const change = { id: known.log!.id, conversation: draft.conversation, key, rank: known.rank, set };
  if (known.change === null) gathered.logChanges.push(change);
  else gathered.logChanges[gathered.logChanges.indexOf(known.change)] = change;
  known.change = change;
}

function fields(details: unknown): Record<string, unknown> {
  return typeof details === "object" && details !== null && !Array.isArray(details) ? { ...details } : {};
}
