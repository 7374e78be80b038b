import { type CreateSystemLog, type SystemLog, writeSystemLog } from "#src/domain/system-log.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { CommandDeps } from "./deps.ts";

export function createSystemLog(deps: CommandDeps, command: CreateSystemLog): Promise<SystemLog> {
  return deps.db.systemLogs.append(writeSystemLog(command, toTimestamp(deps.clock())));
}
