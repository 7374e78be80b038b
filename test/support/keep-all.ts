/** Configuration of a server that changes nothing by itself, and is as it is by default otherwise. */
export const KEEP_ALL = {
  retentionDays: 0,
  runRetentionDays: 0,
  changesKeep: 1_000_000,
  maxDatabaseMb: 0,
  allowedHosts: [],
  apiToken: null,
  rateLimit: 0,
  redact: true,
  redactPatterns: [],
  backupDir: null,
  backupEveryHours: 24,
  backupKeep: 7,
  quietAfterMs: null,
  lostAfterMs: null,
} as const;
