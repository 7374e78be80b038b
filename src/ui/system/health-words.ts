import type { Health } from "#src/domain/health.ts";
import { formatBytes, formatCount, formatDuration } from "#src/ui/parts/format.ts";

/** A check in words. */
export type Told = {
  readonly name: string;
  readonly status: "ok" | "degraded" | "failed";
  readonly says: string;
  /** What to do about it; null when nothing is to be done. */
  readonly advice: string | null;
};

type Checks = Health["checks"];
type Writer = Checks["writer"];

/** What each check says, and what to do. */
export function tellHealth({ reader, writer, feed, disk, damage }: Checks): Told[] {
  return [
    {
      name: "Reading",
      status: reader.status,
      says: reader.status === "ok" ? "Reads are answered" : "A read was not answered",
      advice: reader.status === "ok" ? null : "The server's log says why; see whether its database is still there.",
    },
    { name: "Writing", status: writer.status, ...tellWriter(writer) },
    {
      name: "Live changes",
      status: feed.status,
      says: feed.status === "ok" ? tellLag(feed.lag) : "Changes could not be read the last time",
      advice: feed.status === "ok" ? null : "It tries again by itself. If it stays so, the server's log says why.",
    },
    {
      name: "Disk",
      status: disk.status,
      says:
        disk.free_bytes === null ? "The system does not say what is left" : `${formatBytes(disk.free_bytes)} are left`,
      advice: disk.status === "ok" ? null : "Free space on the disk of the database: without any, writes are refused.",
    },
    {
      name: "Database file",
      status: damage.status,
      says: damage.status === "ok" ? "No damage was met since the start" : (damage.detail ?? "A damaged page was met"),
      advice:
        damage.status === "ok" ? null : "Run `orchestrator doctor`, then restore a backup with `orchestrator restore`.",
    },
  ];
}

function tellLag(lag: number): string {
  return lag === 0 ? "All changes are passed on" : `${formatCount(lag)} changes wait to be passed on`;
}

const WRITER: Readonly<Record<NonNullable<Writer["reason"]>, Pick<Told, "says" | "advice">>> = {
  waiting: {
    says: "A write waits",
    advice: "Another program holds the lock of the database, or many writes wait: see which program keeps it open.",
  },
  disk_full: {
    says: "The last write was refused: the disk is full",
    advice: "Free space; the next write tries again.",
  },
  at_limit: {
    says: "The last write was refused: the database is as large as it may be",
    advice: "Raise `MAX_DATABASE_MB`, or let less be kept and purge.",
  },
  overloaded: {
    says: "The last write was refused: too many wait",
    advice: "Agents report faster than the disk stores; they try again by themselves.",
  },
  failed: { says: "No write can begin", advice: "The server's log says why." },
};

function tellWriter({ reason, waiting_ms }: Writer): Pick<Told, "says" | "advice"> {
  if (reason === null) return { says: "Writes are stored", advice: null };
  const { says, advice } = WRITER[reason];
  return { says: waiting_ms === null ? says : `${says} (for ${formatDuration(waiting_ms)})`, advice };
}
