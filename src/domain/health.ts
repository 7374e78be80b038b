import { z } from "zod";
import { Timestamp } from "./timestamp.ts";
import { Count } from "./values.ts";

/** What answers at the root. */
export const ServiceInfo = z
  .strictObject({ service: z.string(), version: z.string(), status: z.literal("operational") })
  .meta({ id: "ServiceInfo" });
export type ServiceInfo = z.infer<typeof ServiceInfo>;

/** From this on a write that waits is refused: then the server is no longer healthy. */
export const WRITER_FAILED_MS = 5_000;
/** With less than this left on its disk, a database is told to be short of room. */
export const LOW_DISK_BYTES = 64 * 1024 * 1024;

const Reader = z.strictObject({
  status: z.enum(["ok", "failed"]).meta({ description: "`failed`: a probe query was not answered" }),
});

const Writer = z.strictObject({
  status: z.enum(["ok", "degraded", "failed"]).meta({
    description:
      "Whether a write could begin now; nothing is written to find out. `degraded`: it waits for another program's lock, or " +
      "the last write was refused for want of room. `failed`: it has waited for 5 seconds (from then on writes are answered " +
      "with 503), or cannot begin at all",
  }),
  reason: z
    .enum(["waiting", "disk_full", "at_limit", "overloaded", "failed"])
    .nullable()
    .meta({
      description:
        "`waiting`: another program holds the lock, or many writes wait. `disk_full`, `at_limit` (MAX_DATABASE_MB): so the last " +
        "write was refused, and none has been stored since. `overloaded`: too many writes wait. `failed`: the log says why",
    }),
  waiting_ms: Count.nullable().meta({ description: "How long a write has been waiting by now; null when none has to" }),
});

const Feed = z.strictObject({
  status: z.enum(["ok", "degraded"]).meta({
    description: "`degraded`: the feed behind the live streams could not be read the last time; it tries again",
  }),
  lag: Count.meta({ description: "Changes that are committed and not published yet; 0 while nobody listens" }),
});

const Disk = z.strictObject({
  status: z.enum(["ok", "degraded"]).meta({ description: "`degraded`: less than 64 MB are left" }),
  free_bytes: Count.nullable().meta({
    description: "What the disk of the database has left; null when the system does not say so in time",
  }),
});

const Damage = z.strictObject({
  status: z.enum(["ok", "failed"]).meta({
    description:
      "`failed`: a damaged page of the database was met, or its disk fails, since the start. It stays until the server " +
      "starts again; what lies there is answered with 503, all else is served",
  }),
  found_at: Timestamp.nullable().meta({ description: "When the first was met" }),
  detail: z.string().nullable().meta({ description: "What the database engine said, and what to do" }),
});

/** Whether the server works. */
export const Health = z
  .strictObject({
    status: z.enum(["healthy", "unhealthy"]).meta({ description: "`unhealthy`, with 503, when a check is `failed`" }),
    database: z.enum(["connected", "disconnected"]).meta({ description: "Whether the database can be read" }),
    version: z.string(),
    uptime_s: z.number().meta({ description: "Seconds since the start" }),
    checks: z.strictObject({ reader: Reader, writer: Writer, feed: Feed, disk: Disk, damage: Damage }),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof Health>;
