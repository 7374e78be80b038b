import { DatabaseUnusable } from "#src/database/unusable.ts";
import { ConfigError, readConfig, readEnvironment } from "#src/platform/config.ts";
import { createLog } from "#src/platform/log.ts";
import { ListenError, startServer } from "#src/server.ts";

/** Exit codes: 0 stopped as asked, 1 could not run, 2 wrong usage or configuration. */
export async function serve(envFile: string | undefined): Promise<number> {
  try {
    const config = readConfig(readEnvironment(envFile));
    const log = createLog(config.logLevel);
    const stopRequested = stopSignal();
    const server = await startServer({ config, log });
    console.log(`Orchestrator listening on ${server.url}`);
    console.log(`API reference at ${server.url}/docs, database in ${config.databasePath}`);
    const lost = await Promise.race([stopRequested, server.lost]);
    exitAtOnceOnSecondSignal();
    await server.stop();
    if (lost === null) return 0;
    console.error(lost.message);
    return 1;
  } catch (error) {
    return explain(error);
  }
}

function stopSignal(): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(null));
  return promise;
}

function exitAtOnceOnSecondSignal(): void {
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
}

function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    for (const line of error.lines) console.error(line);
    return 2;
  }
  if (error instanceof DatabaseUnusable || error instanceof ListenError) {
    console.error(error.message);
    return 1;
  }
  throw error;
}
