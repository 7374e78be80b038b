import type { PurgePreview, Storage } from "#src/domain/storage.ts";
import { formatBytes, formatCount, formatMany } from "#src/ui/parts/format.ts";

/** How long what is kept, a sentence each. */
export function tellRetention({ days, run_days, changes_keep, max_database_mb }: Storage["retention"]): string[] {
  return [
    days === 0 ? "Logs are kept for ever." : `Logs are kept for ${sayDays(days)}.`,
    run_days === 0
      ? "Finished agents and their prompts are kept for ever."
      : `Finished agents and their prompts are kept for ${sayDays(run_days)}.`,
    changes_keep === 0
      ? "All changes of the feed are kept."
      : `Of the feed, the newest ${formatCount(changes_keep)} changes are kept, and those of the last hour.`,
    max_database_mb === 0
      ? "The database may grow as large as the disk."
      : `At ${formatCount(max_database_mb)} MiB the oldest logs and runs go first, whatever their age.`,
  ];
}

function sayDays(days: number): string {
  return days === 1 ? "one day" : `${formatCount(days)} days`;
}

const NOUNS = [
  ["agent_logs", "agent log"],
  ["system_logs", "system log"],
  ["agents", "finished agent"],
  ["prompts", "prompt"],
  ["changes", "change of the feed"],
] as const;
const PLURALS: Readonly<Record<string, string>> = { "change of the feed": "changes of the feed" };

/** What a purge would remove, by kind; nothing where there is nothing to remove. */
export function tellPurge(preview: PurgePreview): string[] {
  const kinds = NOUNS.flatMap(([kind, noun]) => {
    const { rows, more } = preview[kind];
    if (rows === 0) return [];
    const named = rows === 1 && !more ? noun : (PLURALS[noun] ?? `${noun}s`);
    return [`${more ? "at least " : ""}${formatCount(rows)} ${named}`];
  });
  const over = preview.over_limit_bytes;
  return over === 0 ? kinds : [...kinds, `the oldest ${formatBytes(over)}, which are over the limit`];
}

type Tables = Storage["tables"];

/** The tables whose rows are counted, and those that the server keeps for itself; the largest first. */
export function partTables(tables: Tables): { readonly own: Tables; readonly further: Tables } {
  const sorted = tables.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || (b.rows ?? 0) - (a.rows ?? 0));
  return { own: sorted.filter(({ rows }) => rows !== null), further: sorted.filter(({ rows }) => rows === null) };
}

export function tellFurther(further: Tables): string {
  const bytes = further.reduce((sum, table) => sum + (table.bytes ?? 0), 0);
  return `${formatMany(further.length, "more table")} of the server itself, such as indexes for searching: ${formatBytes(bytes)}`;
}
