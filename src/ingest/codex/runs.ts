import type { Ingest } from "#src/ingest/ingest.ts";
import type { Reading, Report, Subject } from "#src/ingest/report.ts";
import { hashOf } from "#src/ingest/values.ts";

/**
 * Tells a run of Codex that is told again from one that only begins like another. Its lines hold neither ids nor times, and
 * all runs of a thread begin alike. So a line is known by all lines before it (a chain of hashes), and each line that was
 * taken leaves a second key: that the chain went on behind the line before it.
 *
 * While lines are known they are held. At the first unknown one: where the known chain had not gone on, the stream was cut
 * off there, and this is its rest; where it had gone on otherwise, this is another run, and what was held is told as new.
 */
export type Runs = {
  /** What of these lines is news. */
  pass(lines: readonly KeyedReading[]): Promise<readonly KeyedReading[]>;
  readonly repeated: number;
  /** What keeps the run apart from others, as far as it has come. */
  readonly chain: string;
};

type KeyedReading = { readonly key: string; readonly reading: Reading };
type Link = KeyedReading & { readonly about: Subject; readonly chain: string; readonly before: string };

/** Two runs are not alike for so many lines: it is one told again. */
const MOST_HELD = 1_000;

export function createRuns(ingest: Pick<Ingest, "knows">): Runs {
  let chain = "";
  let isNew = false;
  let held: Link[] = [];
  let isHeldLong = false;
  let repeated = 0;

  function linked({ key, reading }: KeyedReading): Link | null {
    const [first] = reading.reports;
    if (first === undefined) return null;
    const before = chain;
    chain = hashOf("run", before, key);
    return { key, reading, about: first.about, chain, before };
  }

  async function knownOf(links: readonly Link[]): Promise<ReadonlySet<string>> {
    const [first] = links;
    if (isNew || first === undefined) return new Set();
    return ingest.knows(
      first.about,
      links.map((link) => link.chain),
    );
  }

  /** What was held, as news, if this is another run. */
  async function heldBefore({ about, before, chain: begun }: Link): Promise<KeyedReading[]> {
    const wentOn = goneOn(before);
    const isOther = !isHeldLong && held.length > 0 && (await ingest.knows(about, [wentOn])).has(wentOn);
    const again = isOther ? held.map((link) => renamed(link, hashOf("again", begun, link.chain))) : [];
    repeated += isOther ? 0 : held.length;
    held = [];
    return again;
  }

  function hold(link: Link): void {
    held.push(link);
    if (held.length <= MOST_HELD) return;
    isHeldLong = true;
    repeated += held.length;
    held = [];
  }

  return {
    get repeated() {
      return repeated + held.length;
    },
    get chain() {
      return chain;
    },
    async pass(lines) {
      const links = lines.map((line) => [line, linked(line)] as const);
      const known = await knownOf(links.flatMap(([, link]) => (link === null ? [] : [link])));
      const news: KeyedReading[] = [];
      for (const [line, link] of links) {
        if (link === null) news.push(line);
        else if (!isNew && known.has(link.chain)) hold(link);
        else {
          if (!isNew) news.push(...(await heldBefore(link)));
          isNew = true;
          news.push(withStep(link));
        }
      }
      return news;
    },
  };
}

const goneOn = (chain: string): string => `on:${chain}`;

/** The line, and that the chain went on behind the one before. */
function withStep({ about, before, chain, reading }: Link): KeyedReading {
  const named = renamed({ reading }, chain);
  if (before === "") return named;
  const step: Report = {
    about,
    channel: "stream",
    key: goneOn(before),
    turn: null,
    sentMs: null,
    facts: [{ fact: "agent" }],
  };
  return { key: chain, reading: { reports: [step, ...named.reading.reports], unread: named.reading.unread } };
}

function renamed({ reading }: Pick<Link, "reading">, key: string): KeyedReading {
  const reports = reading.reports.map((report, at) => ({ ...report, key: at === 0 ? key : `${key}:${at}` }));
  return { key, reading: { reports, unread: reading.unread } };
}
