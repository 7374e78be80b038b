import type { Database } from "bun:sqlite";
import type { Random } from "#test/support/random.ts";
import { until } from "#test/support/until.ts";
import { differences } from "./ledger.ts";
import { type ChangeRow, type Frame, replay, type Stream } from "./streams.ts";

/** What the feed is, as told after each crash: every frame of all rounds, against which later replays are held. */
export type FeedChecks = {
  /** How many frames were compared. */
  readonly frames: number;
  /** Waits until every stream has what it must have, compares, and goes on from there. Gives the head of the feed. */
  check(url: string, db: Database, streams: readonly Stream[], random: Random, isLast: boolean): Promise<number>;
};

const CHANGES =
  "select seq, entity, op, entity_id as id, agent_id, session_id, data from changes where seq > ? and seq <= ? order by seq";
const PAGE = 1000;
const PATIENCE_MS = 30_000;

type StoredChange = ChangeRow & {
  readonly agent_id: string | null;
  readonly session_id: string | null;
  readonly data: string | null;
};

export function createFeedChecks(): FeedChecks {
  const kept = new Map<number, string | bigint | number>();
  let checked = 0;
  let frames = 0;

  async function check(
    url: string,
    db: Database,
    streams: readonly Stream[],
    random: Random,
    isLast: boolean,
  ): Promise<number> {
    const head = db.query<{ head: number }, []>("select max(seq) as head from changes").get()!.head;
    const rows = db.query<StoredChange, [number, number]>(CHANGES).all(checked, head);
    const pages = await readPages(url, checked, head);
    compare("the pages of events", rows, pages, false, pages);
    for (const frame of pages) kept.set(frame.seq, digest(frame));
    for (const stream of streams) {
      const wanted = rows.filter(stream.shows);
      const last = wanted.at(-1)?.seq ?? 0;
      await until(
        `${stream.name} to have ${last}`,
        () => {
          if (stream.faults.length > 0) throw new Error(`${stream.name}: ${stream.faults.slice(0, 3).join("; ")}`);
          return last === 0 || stream.frames.findLast(({ seq }) => seq >= last) !== undefined;
        },
        PATIENCE_MS,
      );
      const isOld = ({ seq }: Frame) => seq <= head;
      const received = stream.frames.filter(isOld);
      stream.frames.splice(0, received.length);
      compare(stream.name, wanted, received, stream.isSummary, pages);
      frames += received.length;
    }
    const from = isLast ? 0 : random.below(head);
    const again = await replay(url, from, head);
    if (again.length !== head - from) throw new Error(`a replay from ${from} to ${head} has ${again.length} frames`);
    for (const [index, frame] of again.entries()) {
      if (frame.seq !== from + index + 1 || digest(frame) !== kept.get(frame.seq)) {
        throw new Error(`a replay tells another history: ${JSON.stringify(frame)}`);
      }
    }
    frames += pages.length + again.length;
    checked = head;
    return head;
  }

  return {
    get frames() {
      return frames;
    },
    check,
  };
}

/** Logs are read when the frame is made: one that was removed since has no data. */
const isLog = ({ type }: Frame) => type === "agent_log.created" || type === "system_log.created";

function digest(frame: Frame): number | bigint {
  return Bun.hash(JSON.stringify(isLog(frame) ? { ...frame, data: null } : frame));
}

/** @param pages what the restarted server tells of the same changes */
function compare(
  name: string,
  rows: readonly StoredChange[],
  frames: readonly Frame[],
  isSummary: boolean,
  pages: readonly Frame[],
): void {
  const [wanted, received] = [rows, frames].map((of) => of.map(({ seq }) => seq));
  if (!Bun.deepEquals(wanted, received)) {
    const at = wanted!.findIndex((seq, index) => seq !== received![index]);
    const around = (seqs: readonly number[]) => seqs.slice(Math.max(0, at - 2), at + 5).join();
    throw new Error(
      `${name} got ${received!.length} changes instead of ${wanted!.length}: …${around(received!)}… instead of …${around(wanted!)}…`,
    );
  }
  const first = pages[0]?.seq ?? 0;
  for (const [index, row] of rows.entries()) {
    const frame = frames[index]!;
    const page = pages[row.seq - first]!;
    const wrong = isSummary ? summaryFaults(frame, page) : frameFaults(frame, page, row);
    if (Object.keys(wrong).length > 0) throw new Error(`${name}, change ${row.seq}: ${JSON.stringify(wrong)}`);
  }
}

function frameFaults(frame: Frame, page: Frame, { entity, op, id, agent_id, session_id, data }: StoredChange): object {
  const wanted = { type: `${entity}.${op}`, id, agent_id, session_id };
  const stored = data === null ? {} : (JSON.parse(data) as { readonly id?: unknown; readonly status?: unknown });
  const removed = isLog(frame) && (frame["data"] === null || page["data"] === null);
  return {
    ...differences(wanted, frame),
    ...differences({ ...page, ...(removed ? { data: undefined } : {}) }, frame),
    ...(frame["data"] === null ? {} : differences({ id: stored.id, status: stored.status }, frame["data"])),
  };
}

/** An agent as `/ws/agent-status` shows it is the one of the feed, with fewer fields. */
function summaryFaults(frame: Frame, page: Frame): object {
  const { agents, deleted } = frame["data"];
  if (page.type === "agent.deleted") return differences({ agents: [], deleted: [page["id"]] }, { agents, deleted });
  return agents.length === 1 ? differences(agents[0], page["data"]) : { agents };
}

async function readPages(url: string, after: number, head: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let next = after; next < head;) {
    const response = await fetch(`${url}/api/events?after=${next}&limit=${PAGE}`);
    if (response.status !== 200) throw new Error(`a page of events answered ${response.status}`);
    const page = (await response.json()) as { events: Frame[]; next_after: number };
    for (const frame of page.events) if (frame.seq <= head) frames.push(frame);
    next = page.next_after;
  }
  return frames;
}
