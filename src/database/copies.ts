/** Where making a copy is. `bytes` is about how large it will be; `placing` is a moment, and must not be cut off. */
export type CopyStep =
  { readonly step: "copying"; readonly bytes: number } | { readonly step: "checking" } | { readonly step: "placing" };

/** A copy that has been compared with what it was made from. */
export type Copied = {
  readonly bytes: number;
  /** Migrations that the file has; 0 for one of the ancestor. */
  readonly schema: number;
  /** Rows by table, without those of a search index: as many in the copy as in its source at that moment. */
  readonly tables: Readonly<Record<string, number>>;
  /** Rows that refer to rows that are not there, in source and copy: other programs may write such. */
  readonly orphans: number;
  /** The highest number the feed has given; null where there is no feed. */
  readonly headSeq: number | null;
};

/** What a restore put in place. */
export type Restored = Copied & {
  /** Id of the feed's new history; null for a file of before there was one: its next start gives it one. */
  readonly feed: string | null;
  /** Where the file lies that was there before; null when there was none. */
  readonly replaced: string | null;
  /** Where a journal lies that was there without its database; null when there was none. */
  readonly lost: string | null;
};

export type BackupOrder = {
  readonly path: string;
  /** Written first, in the folder of `target`; a name that `partialName` gave. */
  readonly partial: string;
  /** What the copy is called once it is whole. */
  readonly target: string;
  /** Whether a file of that name may be replaced. */
  readonly mayReplace: boolean;
};

export type RestoreOrder = {
  /** The copy to restore from; it stays. */
  readonly from: string;
  /** The database to put in place. */
  readonly path: string;
  /** Written first, in the folder where the database itself lies; a name that `partialName` gave. */
  readonly partial: string;
  readonly nowMillis: number;
};

export function rowsOf({ tables }: Pick<Copied, "tables">): number {
  return Object.values(tables).reduce((sum, rows) => sum + rows, 0);
}

/** What the names of a store's scheduled backups begin with; several stores may have them in one folder. @param feed id of its feed's history */
export function scheduledPrefix(name: string, feed: string): string {
  return `${name}.scheduled-${feed.slice(0, 8)}-`;
}

/** The time as names of copies have it: `20260205T103000Z`. */
export function stampOf(millis: number): string {
  return new Date(millis).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** The time that such a text tells, UTC milliseconds; null when it tells none. */
export function timeOfStamp(stamp: string): number | null {
  if (!/^\d{8}T\d{6}Z$/.test(stamp)) return null;
  const at = Date.parse(stamp.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, "$1-$2-$3T$4:$5:$6"));
  return Number.isNaN(at) ? null : at;
}
