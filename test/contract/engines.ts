import type { DatabaseManager } from "#src/database/manager.ts";
import { openDatabase } from "#src/database/open.ts";
import { START } from "#test/support/clock.ts";
import { testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";

/** A store of a test's own. */
export type OpenEngine = AsyncDisposable & {
  readonly db: DatabaseManager;
  /** The same store, opened once more, as another process does. */
  another(): Promise<DatabaseManager>;
};

export type Engine = { readonly name: string; open(): Promise<OpenEngine> };

/** Every engine that a contract suite must hold for. */
export const ENGINES: readonly Engine[] = [
  {
    name: "sqlite",
    async open() {
      const folder = testFolder();
      const options = { path: folder.file("orchestrator.db"), clock: () => START, log: memoryLog() };
      const managers = [await openDatabase(options)];
      return {
        db: managers[0]!,
        async another() {
          managers.push(await openDatabase(options));
          return managers.at(-1)!;
        },
        async [Symbol.asyncDispose]() {
          for (const manager of managers.toReversed()) await manager[Symbol.asyncDispose]();
          folder[Symbol.dispose]();
        },
      };
    },
  },
];
