/** Configuration of a server that removes nothing. */
export const KEEP_ALL = { retentionDays: 0, runRetentionDays: 0, changesKeep: 1_000_000, maxDatabaseMb: 0 } as const;
