import { Database } from "bun:sqlite";
import { effort } from "./effort.ts";
import { openReceivers, type Receivers } from "./receivers.ts";
import type { Report } from "./report.ts";
import { BARE_PUBLISHER, folder, OURS, type ServerProcess, startServer } from "./servers.ts";
import { median, shown } from "./statistics.ts";
import { atLeast, type Verdict } from "./wanted.ts";

const ROUNDS = effort(5, 2);
const DELIVERIES = effort(600_000, 100_000);
/** Singly, as agents write: fewer, because each takes its time. */
const PACED_DELIVERIES = effort(100_000, 20_000);
const LEAST_FRAMES = 60;
const LOADS = [
  { sockets: 100, everyMs: 5 },
  { sockets: 1000, everyMs: 20 },
  { sockets: 5000, everyMs: 100 },
];
const TARGET = 0.8;
const MESSAGE = "the change that everybody is told: step done, tests pass, next one begins ".repeat(2);

/** Makes the server of a side send this many frames. */
type Cause = (frames: number, everyMs: number) => Promise<void>;
type Side = {
  readonly server: ServerProcess;
  readonly path: string;
  readonly cause: Cause;
  /** How long the bare server's frames are made: as ours were. */
  frameBytes: number;
};
type Sides = readonly [Side, Side];
type Outcome = { readonly perSecond: number; readonly cpuMicros: number; readonly frameBytes: number };

/** Rows written by this process, which is another one to the server: all in one transaction, or one by one. */
function otherWriter(path: string): Disposable & { write: Cause } {
  const db = new Database(path, { readwrite: true, strict: true });
  db.run("pragma busy_timeout = 10000");
  const one = db.prepare("insert into system_logs (component, message) values ('bench', $message)");
  return {
    async write(frames, everyMs) {
      if (everyMs === 0) {
        db.transaction(() => {
          for (let made = 0; made < frames; made += 1) one.run({ message: MESSAGE });
        })();
        return;
      }
      for (let made = 0; made < frames; made += 1) {
        one.run({ message: MESSAGE });
        await Bun.sleep(everyMs);
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}

async function round(side: Side, receivers: Receivers, sockets: number, everyMs: number): Promise<Outcome> {
  const deliveries = everyMs === 0 ? DELIVERIES : PACED_DELIVERIES;
  const frames = Math.max(LEAST_FRAMES, Math.ceil(deliveries / sockets));
  const before = side.server.cpuSeconds();
  const received = await receivers.receive(frames * sockets, () => side.cause(frames, everyMs));
  return {
    perSecond: received.frames / received.seconds,
    cpuMicros: ((side.server.cpuSeconds() - before) * 1e6) / received.frames,
    frameBytes: received.bytes / received.frames,
  };
}

/** Both sides in turn, round after round; each side's rounds. */
async function compare(sides: Sides, receivers: readonly Receivers[], sockets: number, everyMs: number) {
  const outcomes: [Outcome[], Outcome[]] = [[], []];
  for (let number = 0; number <= ROUNDS; number += 1) {
    for (const [index, side] of sides.entries()) {
      const outcome = await round(side, receivers[index]!, sockets, everyMs);
      if (index === 0) sides[1].frameBytes = outcome.frameBytes;
      // The first round warms up.
      if (number > 0) outcomes[index]!.push(outcome);
    }
  }
  return outcomes;
}

function ratio([ours, bare]: readonly [Outcome[], Outcome[]], key: keyof Outcome): number {
  return median(ours.map((own, at) => own[key] / bare[at]![key]));
}

function twoRows(label: string, outcomes: readonly [Outcome[], Outcome[]], isBurst: boolean): string[][] {
  const of = (index: 0 | 1, key: keyof Outcome) => shown(median(outcomes[index].map((outcome) => outcome[key])));
  const speed = (text: () => string) => (isBurst ? text() : "");
  const perSecond = (index: 0 | 1) => speed(() => of(index, "perSecond"));
  return [
    [
      `${label}: ours`,
      perSecond(0),
      of(0, "cpuMicros"),
      speed(() => shown(ratio(outcomes, "perSecond"))),
      shown(ratio(outcomes, "cpuMicros")),
    ],
    [`${label}: bare`, perSecond(1), of(1, "cpuMicros")],
  ];
}

export async function fanOut(): Promise<Report> {
  using files = folder();
  await using ours = await startServer(OURS, files.file("ours.db"));
  await using bare = await startServer(BARE_PUBLISHER, files.file("none.db"));
  using writer = otherWriter(ours.databasePath);
  const sides: Sides = [
    { server: ours, path: "/ws/events?types=system_log", frameBytes: 0, cause: writer.write },
    {
      server: bare,
      path: "/ws",
      frameBytes: 0,
      async cause(frames, everyMs) {
        const query = `frames=${frames}&bytes=${Math.round(this.frameBytes)}&every=${everyMs}`;
        await fetch(`${bare.url}/publish?${query}`, { method: "POST" });
      },
    },
  ];
  const rows = [["", "deliveries/s", "CPU µs each", "of bare's speed", "of bare's CPU"]];
  const wanted: Verdict[] = [];
  for (const { sockets, everyMs } of LOADS) {
    await using mine = await openReceivers(ours.url, sides[0].path, sockets);
    await using theirs = await openReceivers(bare.url, sides[1].path, sockets);
    const label = `${shown(sockets)} sockets`;
    const bursts = await compare(sides, [mine, theirs], sockets, 0);
    const singly = await compare(sides, [mine, theirs], sockets, everyMs);
    rows.push(...twoRows(`${label}, in bursts`, bursts, true));
    rows.push(...twoRows(`${label}, a frame each ${everyMs} ms`, singly, false));
    wanted.push(
      atLeast(`${label}, in bursts, deliveries/s, ours ÷ bare`, TARGET, ratio(bursts, "perSecond")),
      atLeast(`${label}, singly, bare's CPU per delivery ÷ ours`, TARGET, 1 / ratio(singly, "cpuMicros")),
    );
  }
  return {
    about: `One change to each socket of \`/ws/events\`, against \`server.publish\` of frames of the same size (${Math.round(sides[1].frameBytes)} bytes). The changes are another process's rows, so that the server's work is what comes after a commit: seeing, reading, rendering, publishing. In bursts: one commit of as many rows as make ${shown(DELIVERIES)} deliveries, counted by raw sockets in a process of their own, from the first to arrive to the last. "CPU µs each": of the server's process for a delivery.`,
    rows,
    wanted,
  };
}
