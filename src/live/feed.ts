import { setImmediate as nextTick } from "node:timers/promises";
import { type ChangePage, type ChangeStore, StoreDamaged } from "#src/database/manager.ts";
import type { Change } from "#src/domain/change.ts";
import type { Log } from "#src/platform/log.ts";
import { seldom } from "#src/platform/seldom.ts";
import type { FeedFigures } from "./figures.ts";
import { type Frame, type Render, renderAgentUpdate, renderChange, renderControl } from "./frames.ts";
import { LIVE_LIMITS, type LiveLimits } from "./limits.ts";
import { createTopics, type StreamKind, type Topic } from "./topics.ts";

const PAGE = 500;
const RETRY_MS = 250;

/** How frames get to the subscribers of a topic. One frame is handed over once, whatever their number. */
export type Transport = {
  publish(topic: string, frame: Frame): void;
  /** A frame for every subscriber of any topic. */
  publishToAll(frame: Frame): void;
  /** The last frame for every subscriber: what it should get next is gone. */
  endStale(frame: Frame): void;
  /** Ends every subscriber: what it should get next cannot be read. */
  endDamaged(): void;
};

/** The tail of `changes`: reads what was committed, in order, and publishes it. Source of everything live. */
export type Feed = {
  /** Everything up to this `seq` has been published. */
  readonly published: number;
  readonly figures: FeedFigures;
  /** Resolves when `published` has come to `seq`. */
  reached(seq: number): Promise<void>;
  /** From now on the topic's frames are published. Call it in the tick in which the stream's cursor equals `published`. */
  subscribe(topic: Topic): void;
  unsubscribe(topic: Topic): void;
  addTransport(transport: Transport): void;
  /** How many streams are open, joined or not: while there are any, other processes' writes are watched for closely. */
  setStreams(count: number): void;
  close(): void;
};

/** What each kind of stream shows of a change. */
export const RENDER: Readonly<Record<StreamKind, Render>> = { events: renderChange, "agent-status": renderAgentUpdate };

/**
 * Opens the feed at the present head: what was written before is replayed to those who ask, never published.
 *
 * @param limits `bookmarkMs`: how often every live stream is told how far all has been published
 */
export async function openFeed(
  store: ChangeStore,
  log: Log,
  { bookmarkMs }: Pick<LiveLimits, "bookmarkMs"> = LIVE_LIMITS,
): Promise<Feed> {
  const topics = createTopics();
  const fewLog = seldom(log);
  const transports: Transport[] = [];
  let waiting: { readonly seq: number; readonly resolve: () => void }[] = [];
  let published = (await store.state()).headSeq;
  let publishedCount = 0;
  let state: "idle" | "reading" | "again" | "closed" = "idle";
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isFailing = false;

  function publish(change: Change): void {
    const frames = new Map<StreamKind, Frame | null>();
    for (const topic of topics.of(change)) {
      if (!frames.has(topic.kind)) frames.set(topic.kind, RENDER[topic.kind](change));
      const frame = frames.get(topic.kind);
      if (frame) for (const transport of transports) deliver(() => transport.publish(topic.name, frame));
    }
  }

  /** One client's trouble must not stop the feed for the others, nor repeat a frame to them. */
  function deliver(send: () => void): void {
    try {
      send();
    } catch (error) {
      log.error("a frame could not be delivered", { error });
    }
  }

  async function endStale(): Promise<void> {
    const { headSeq, oldestSeq } = await store.state();
    const frame = renderControl({ type: "stale", reason: "pruned", oldest_seq: oldestSeq, head_seq: headSeq });
    for (const transport of transports) deliver(() => transport.endStale(frame));
    log.warn("changes were pruned before they were published; live streams were closed", { after: published });
  }

  function advance(seq: number): void {
    published = seq;
    if (waiting.length === 0) return;
    const reached = waiting.filter((waiter) => waiter.seq <= seq);
    waiting = waiting.filter((waiter) => waiter.seq > seq);
    for (const waiter of reached) waiter.resolve();
  }

  /** Who comes back with its cursor is refused where the damage is; who comes back without goes on behind it. */
  async function endDamaged(): Promise<void> {
    const { headSeq } = await store.state();
    for (const transport of transports) deliver(() => transport.endDamaged());
    fewLog.error("changes lie on a damaged page; live streams were closed", { after: published, head: headSeq });
    advance(headSeq);
  }

  async function readToHead(): Promise<void> {
    for (;;) {
      const { headSeq } = await store.state();
      if (topics.size === 0) advance(Math.max(published, headSeq));
      if (published >= headSeq) return;
      const page = await readPage(headSeq);
      if (page === null) return;
      // Numbers have no gaps: what is missing was pruned before anybody could be told.
      if ((page.changes[0]?.seq ?? page.through + 1) > published + 1) await endStale();
      for (const change of page.changes) {
        publish(change);
        publishedCount += 1;
        published = change.seq;
      }
      advance(page.through);
      if (published < headSeq) await nextTick();
    }
  }

  /** Null when it is damaged: nobody is left to be told. */
  async function readPage(upTo: number): Promise<ChangePage | null> {
    try {
      return await store.page(published, upTo, PAGE, {});
    } catch (error) {
      if (!(error instanceof StoreDamaged)) throw error;
      await endDamaged();
      return null;
    }
  }

  async function run(): Promise<void> {
    try {
      do {
        state = "reading";
        await readToHead();
      } while (isAgain());
      isFailing = false;
      if (!isClosed()) state = "idle";
    } catch (error) {
      if (isClosed()) return;
      // Once for all that follow: it tries again many times.
      if (!isFailing) log.error("the feed could not be read; trying again", { error });
      isFailing = true;
      state = "idle";
      clearTimeout(retry);
      retry = setTimeout(wake, RETRY_MS);
    }
  }

  const isAgain = () => state === "again";
  const isClosed = () => state === "closed";

  function wake(): void {
    // Nobody is told anything: the next to join asks for the head, and is replayed what was written meanwhile.
    if (topics.size === 0 && waiting.length === 0) return;
    if (state === "idle") void run();
    else if (state === "reading") state = "again";
  }

  const stopListening = store.onChange(wake);
  const bookmarks = setInterval(() => {
    const frame = renderControl({ type: "bookmark", seq: published });
    for (const transport of transports) deliver(() => transport.publishToAll(frame));
  }, bookmarkMs);

  return {
    get published() {
      return published;
    },
    get figures() {
      return { publishedSeq: published, hasListeners: topics.size > 0, isFailing, published: publishedCount };
    },
    reached(seq) {
      if (published >= seq) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ seq, resolve });
      wake();
      return promise;
    },
    subscribe(topic) {
      topics.add(topic);
      wake();
    },
    unsubscribe: (topic) => topics.remove(topic),
    addTransport: (transport) => void transports.push(transport),
    setStreams: (count) => store.attend(count > 0),
    close() {
      state = "closed";
      stopListening();
      clearInterval(bookmarks);
      clearTimeout(retry);
      for (const waiter of waiting) waiter.resolve();
    },
  };
}
