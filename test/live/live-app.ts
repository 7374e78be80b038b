import { Database } from "bun:sqlite";
import { testApp } from "#test/support/test-app.ts";
import type { Change } from "#src/domain/change.ts";
import { openFeed } from "#src/live/feed.ts";
import { joinFeed, type Outlet } from "#src/live/join.ts";
import { LIVE_LIMITS } from "#src/live/limits.ts";
import type { Topic } from "#src/live/topics.ts";

/** A frame as a client reads it. */
export type Sent = { readonly type: string; readonly seq?: number; readonly [field: string]: unknown };

/** A client without a connection: what it got, and what happens when the server asks whether there is room. */
export type TestOutlet = Outlet & {
  closed: boolean;
  readonly frames: Sent[];
  readonly topic: Topic | null;
  readonly stale: boolean;
  onDrained: () => void | Promise<void>;
  seqs(): number[];
};

/** Writes as another connection would. */
export function writeSql(path: string, ...statements: string[]): void {
  using db = new Database(path);
  db.run("pragma busy_timeout = 10000");
  for (const statement of statements) db.run(statement);
}

/** So many system logs in one transaction, one change each. */
export function insertLogs(count: number, message = "'line ' || i"): string {
  return `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    insert into system_logs (component, message) select 'bulk', ${message} from n`;
}

/** The app and its feed, without a listener. */
export async function liveApp() {
  const app = await testApp();
  const feed = await openFeed(app.db.changes, app.log);
  const deps = { db: app.db, feed, clock: app.clock, version: "0.0.0-test", limits: LIVE_LIMITS };

  function outlet(): TestOutlet {
    const frames: Sent[] = [];
    let topic: Topic | null = null;
    let stale = false;
    const client: TestOutlet = {
      closed: false,
      frames,
      get topic() {
        return topic;
      },
      get stale() {
        return stale;
      },
      onDrained: () => {},
      seqs: () => frames.filter((frame) => "data" in frame).map(({ seq }) => seq!),
      send: (...sent) => void frames.push(...sent.map(({ text }) => JSON.parse(text))),
      drained: async () => client.onDrained(),
      subscribe(wanted) {
        topic = wanted;
        feed.subscribe(wanted);
      },
      endStale() {
        stale = true;
        client.closed = true;
      },
    };
    feed.addTransport({
      publish: (name, { text }) => void (name === topic?.name && frames.push(JSON.parse(text))),
      publishToAll() {},
      endStale() {},
      endDamaged() {},
    });
    return client;
  }

  return {
    ...app,
    feed,
    outlet,
    join: (client: Outlet, topic: Topic, cursor: { after?: number; feed?: string } = {}) =>
      joinFeed(deps, client, { topic, ...cursor }),
    /** Writes as another connection would, and waits until the feed has seen it. */
    async sql(...statements: string[]): Promise<void> {
      writeSql(app.path, ...statements);
      await feed.reached((await app.db.changes.state()).headSeq);
    },
    /** The whole feed as it is stored, oldest first. */
    async stored(): Promise<Change[]> {
      return app.changes(0);
    },
    async [Symbol.asyncDispose]() {
      feed.close();
      await app[Symbol.asyncDispose]();
    },
  };
}
