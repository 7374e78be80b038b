import type { NewAgentLog } from "#src/domain/agent-log.ts";
import type { Draft, Gathered } from "./draft.ts";

type Note = Pick<NewAgentLog, "log_level" | "log_type" | "message"> & {
  readonly details: Readonly<Record<string, unknown>>;
};

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
  if (Bun.deepEquals(set, { message: was.message, log_level: was.log_level, details: was.details })) return;
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
