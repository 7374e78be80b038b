import { z } from "zod";

/** What answers at the root. */
export const ServiceInfo = z
  .strictObject({ service: z.string(), version: z.string(), status: z.literal("operational") })
  .meta({ id: "ServiceInfo" });
export type ServiceInfo = z.infer<typeof ServiceInfo>;

/** Whether the server works. */
export const Health = z
  .strictObject({
    status: z.enum(["healthy", "unhealthy"]),
    database: z.enum(["connected", "disconnected"]),
    version: z.string(),
    uptime_s: z.number().meta({ description: "Seconds since the start" }),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof Health>;
