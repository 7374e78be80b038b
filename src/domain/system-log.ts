import { z } from "zod";
import { Highlight, Search, anyText, windowedListQuery, type PageRequest } from "./listing.ts";
import { LogLevel, LogLevelFilter, LogLevelInput } from "./log-level.ts";
import { Timestamp } from "./timestamp.ts";
import { Json, StoredJson, requiredText, text } from "./values.ts";

/** An append-only event of the system itself. */
export const SystemLog = z
  .strictObject({
    id: z.int(),
    log_level: LogLevel,
    component: z.string(),
    message: z.string(),
    details: StoredJson,
    created_at: Timestamp.nullable(),
  })
  .meta({ id: "SystemLog", description: "An append-only event of the system itself" });
export type SystemLog = z.infer<typeof SystemLog>;

export const FoundSystemLog = SystemLog.extend({ highlight: Highlight }).meta({ id: "FoundSystemLog" });

/** A log before the store has numbered it. */
export type NewSystemLog = Omit<SystemLog, "id">;

export const CreateSystemLog = z
  .strictObject({
    component: requiredText(255).meta({ examples: ["scheduler"] }),
    message: text().meta({ examples: ["Nightly run started"] }),
    log_level: LogLevelInput.optional(),
    details: Json.optional(),
  })
  .meta({
    id: "CreateSystemLog",
    examples: [{ component: "scheduler", message: "Nightly run started", log_level: "INFO" }],
  });
export type CreateSystemLog = z.infer<typeof CreateSystemLog>;

export const SystemLogQuery = windowedListQuery(
  {
    level: LogLevelFilter,
    component: anyText("Component"),
    q: Search,
  },
  "number",
);
export type SystemLogFilter = Omit<z.infer<typeof SystemLogQuery>, keyof PageRequest>;

/** The log that a create command asks for. */
export function writeSystemLog(command: CreateSystemLog, now: string): NewSystemLog {
  return {
    log_level: command.log_level ?? "INFO",
    component: command.component,
    message: command.message,
    details: command.details ?? null,
    created_at: now,
  };
}
