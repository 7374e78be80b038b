import { effort, GIVEN_SIZES } from "./effort.ts";
import { createRandom } from "./fixture/random.ts";
import { type Shape, shapeOfFile } from "./fixture/shape.ts";
import type { Query } from "./large-queries.ts";
import { getRequest, type Measured, measure } from "./load.ts";
import { KEEP_ALL, readyFixture } from "./ready.ts";
import type { Report } from "./report.ts";
import { OURS, type ServerProcess, startServer } from "./servers.ts";
import { median, shown } from "./statistics.ts";
import type { Verdict } from "./wanted.ts";

const SIZES = GIVEN_SIZES ?? effort([10_000, 1_000_000, 5_000_000], [10_000, 100_000]);
const ROUNDS = effort(3, 1);
const REQUESTS = effort(200, 30);
const WARM_UP = effort(20, 3);
/** A query too slow for that many requests gets fewer. */
const MOST_S = effort(4, 1);
const GROWTH = 1.5;
const ENOUGH_MS = 10;

type Place = { readonly shape: Shape; readonly server: ServerProcess };
type Outcome = { readonly p50Ms: number; readonly p99Ms: number };

/** The same queries on databases of three sizes, in turn, one request after the other on one connection. */
export async function large(title: string, queries: readonly Query[]): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const places: Place[] = [];
  for (const logs of SIZES) {
    const path = await readyFixture(logs);
    const server = stack.use(await startServer(OURS, path, KEEP_ALL));
    places.push({ shape: shapeOfFile(path, logs), server });
  }
  const header = ["", ...SIZES.flatMap((logs) => [`${shown(logs)}: p50 ms`, "p99 ms"]), "p99, last ÷ first", "rows"];
  const rows = [header];
  const missed: string[] = [];
  for (const query of queries) {
    const problem = await refusal(query, places);
    if (problem !== null) {
      rows.push([query.name, problem]);
      missed.push(`${query.name} (${problem})`);
      continue;
    }
    const outcomes = await inTurn(query, places);
    const [first, last] = [outcomes[0]!, outcomes.at(-1)!];
    const growth = last.p99Ms / first.p99Ms;
    if (growth > GROWTH && last.p99Ms > ENOUGH_MS) {
      missed.push(`${query.name} (${shown(last.p99Ms)} ms, ${shown(growth)} ×)`);
    }
    rows.push([
      query.name,
      ...outcomes.flatMap(({ p50Ms, p99Ms }) => [shown(p50Ms), shown(p99Ms)]),
      shown(growth),
      String(await rowsOf(query, places.at(-1)!)),
    ]);
  }
  return {
    about: `${title} on databases of ${SIZES.map(shown).join(", ")} agent logs, with agents, prompts, sessions and system logs in proportion (a hundred logs and five prompts of an agent, ten agents of a session). One connection; medians of ${ROUNDS} rounds' p50 and p99 of ${REQUESTS} requests; ids and windows differ from request to request. "rows": of an answer at the largest.`,
    rows,
    wanted: [verdict(queries.length, missed)],
  };
}

function verdict(queries: number, missed: readonly string[]): Verdict {
  const [first, last] = [shown(SIZES[0]!), shown(SIZES.at(-1)!)];
  const target = `p99 at ${last} ≤ ${GROWTH} × that at ${first}, or ≤ ${ENOUGH_MS} ms`;
  const held = `- ${target}: held by ${queries - missed.length} of ${queries}`;
  return missed.length === 0 ? held : `${held}, **missed by** ${missed.join("; ")}`;
}

function requests(query: Query, shape: Shape, seed: number): () => string {
  const random = createRandom(seed);
  return () => getRequest(query.path(shape, random));
}

async function inTurn(query: Query, places: readonly Place[]): Promise<Outcome[]> {
  const rounds: Measured[][] = places.map(() => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, { shape, server }] of places.entries()) {
      const request = requests(query, shape, round);
      const most = round === 0 ? WARM_UP : REQUESTS;
      const measured = await measure(server, { connections: 1, seconds: MOST_S, most, request });
      if (round > 0) rounds[index]!.push(measured);
    }
  }
  return rounds.map((measured) => ({
    p50Ms: median(measured.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
  }));
}

/** What a server says instead of a 200: it does not know this query yet. */
async function refusal(query: Query, places: readonly Place[]): Promise<string | null> {
  for (const place of places) {
    const answer = await ask(query, place);
    if (!answer.ok) return `answered ${answer.status}`;
  }
  return null;
}

async function rowsOf(query: Query, place: Place): Promise<number> {
  const body = (await (await ask(query, place)).json()) as unknown;
  return Array.isArray(body) ? body.length : 1;
}

function ask(query: Query, { shape, server }: Place): Promise<Response> {
  return fetch(server.url + query.path(shape, createRandom(1)));
}
