import type { DatabaseManager } from "#src/database/manager.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { NewId } from "#src/platform/ids.ts";

/** What commands need: the store, now, and ids for new rows. */
export type CommandDeps = { readonly db: DatabaseManager; readonly clock: Clock; readonly newId: NewId };
