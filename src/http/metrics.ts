import type { StoreFigures } from "#src/database/figures.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { StorageFacts } from "#src/database/upkeep.ts";
import type { Ingest, IngestFigures } from "#src/ingest/ingest.ts";
import type { LiveFigures } from "#src/live/figures.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Distribution } from "#src/platform/distribution.ts";
import type { Log } from "#src/platform/log.ts";
import { type ProcessFigures, processFigures } from "#src/platform/process-figures.ts";
import { seldom } from "#src/platform/seldom.ts";
import { createExposition } from "./exposition.ts";
import { METRICS } from "./metric-table.ts";
import type { RequestFigures } from "./request-figures.ts";

export type MetricsDeps = {
  readonly db: DatabaseManager;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly startedAt: number;
  readonly liveFigures: () => LiveFigures;
  readonly ingest: Pick<Ingest, "figures">;
  /** How late the server's thread came to what was due. */
  readonly eventLoopSeconds: Distribution;
};

/** What is read from the store at a scrape. */
type StoredFigures = {
  readonly facts: StorageFacts;
  readonly headSeq: number;
  /** When the oldest change that is not published yet was written, UTC milliseconds; null when all are. */
  readonly unpublishedSince: number | null;
  readonly unindexed: number;
};

/** All that a scrape shows. */
export type Figures = {
  readonly requests: RequestFigures;
  readonly store: StoreFigures;
  /** Null when the store cannot be read. */
  readonly stored: StoredFigures | null;
  readonly live: LiveFigures;
  readonly ingest: IngestFigures;
  readonly eventLoopSeconds: Distribution;
  readonly process: ProcessFigures;
  readonly now: number;
  readonly version: string;
  readonly startedAt: number;
};

/** Writes the metrics of one server. */
export type Metrics = { readonly contentType: string; write(): Promise<string> };

export function createMetrics(deps: MetricsDeps, requests: RequestFigures): Metrics {
  const { contentType, write } = createExposition(METRICS);
  const log = seldom(deps.log);
  return {
    contentType,
    async write() {
      const stored = await readStored({ ...deps, log });
      return write({
        requests,
        store: deps.db.figures(),
        stored,
        live: deps.liveFigures(),
        ingest: deps.ingest.figures,
        eventLoopSeconds: deps.eventLoopSeconds,
        process: processFigures(),
        now: deps.clock(),
        version: deps.version,
        startedAt: deps.startedAt,
      });
    },
  };
}

/** A store in trouble must not hide the rest, least of all then. */
async function readStored({ db, log, liveFigures }: MetricsDeps): Promise<StoredFigures | null> {
  try {
    const { headSeq } = await db.changes.state();
    const { publishedSeq, hasListeners } = liveFigures().feed;
    const isBehind = hasListeners && publishedSeq < headSeq;
    const page = isBehind ? await db.changes.page(publishedSeq, headSeq, 1, {}) : null;
    return {
      facts: await db.storage.facts(),
      headSeq,
      unpublishedSince: page?.changes[0]?.atMillis ?? null,
      unindexed: await db.texts.behind(),
    };
  } catch (error) {
    log.warn("the store cannot be read for its metrics", { error });
    return null;
  }
}
