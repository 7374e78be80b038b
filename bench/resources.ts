import type { Report } from "./report.ts";
import { seedAgents, seedChanges } from "./rows.ts";
import { BASELINE, executable, folder, OURS, startServer } from "./servers.ts";
import { median, shown } from "./statistics.ts";
import { subscribe } from "./subscribers.ts";

const SETTLE_MS = 2_000;
const IDLE_MS = 10_000;
const CHANGES = 100_000;
const REPLAYS = 3;
const STARTS = 7;

const ignore = () => undefined;

/** CPU share of a core while nothing happens. */
export async function idle(): Promise<Report> {
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  const share = async () => {
    await Bun.sleep(SETTLE_MS);
    const before = server.cpuSeconds();
    const started = performance.now();
    await Bun.sleep(IDLE_MS);
    return (server.cpuSeconds() - before) / ((performance.now() - started) / 1000);
  };
  const alone = await share();
  const subscribers = await subscribe(server.url, "/ws/events", 100, ignore);
  const listening = await share();
  subscribers.close();
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  return {
    about: "CPU of an idle server over 10 s, as a share of one core. Wanted: below 1 % with 100 sockets.",
    rows: [
      ["", "of a core"],
      ["no socket", percent(alone)],
      ["100 sockets", percent(listening)],
    ],
  };
}

/** Everything there is, to one socket. */
export async function replay(): Promise<Report> {
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  seedAgents(server.databasePath);
  seedChanges(server.databasePath, CHANGES);
  const rows = [["", "changes", "MB", "seconds", "changes/s"]];
  for (let round = 1; round <= REPLAYS; round += 1) {
    let frames = 0;
    let bytes = 0;
    const whole = Promise.withResolvers<void>();
    const started = performance.now();
    const subscriber = await subscribe(server.url, "/ws/events?after=0", 1, (text) => {
      frames += 1;
      bytes += text.length;
      if (frames === CHANGES) whole.resolve();
    });
    await whole.promise;
    subscriber.close();
    const seconds = (performance.now() - started) / 1000;
    rows.push([`round ${round}`, shown(frames), shown(bytes / 2 ** 20), shown(seconds), shown(frames / seconds)]);
  }
  return {
    about: `Replay of ${shown(CHANGES)} changes to one socket, half of them updates of agents, half of them logs.`,
    rows,
  };
}

/** Resident memory. */
export async function memory(): Promise<Report> {
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  await using bare = await startServer(BASELINE, files.file("bare.db"));
  await Bun.sleep(SETTLE_MS);
  const alone = server.rssMb();
  const bareMb = bare.rssMb();
  const subscribers = await subscribe(server.url, "/ws/events", 1000, ignore);
  await Bun.sleep(SETTLE_MS);
  const crowded = server.rssMb();
  subscribers.close();
  return {
    about: "Resident memory.",
    rows: [
      ["", "MB"],
      ["ours, idle", shown(alone)],
      ["ours, 1,000 sockets", shown(crowded)],
      ["bare, idle", shown(bareMb)],
    ],
  };
}

/** From the spawn to the first 200 of `/health`, on a file that exists. */
export async function start(): Promise<Report> {
  using files = folder();
  const built = executable();
  const sides = [
    { name: "bun src/main.ts", command: OURS, path: files.file("ours.db") },
    ...(built === null ? [] : [{ name: "dist/orchestrator", command: built, path: files.file("built.db") }]),
    { name: "bare", command: BASELINE, path: files.file("bare.db") },
  ];
  const taken = sides.map((): number[] => []);
  for (let round = 0; round <= STARTS; round += 1) {
    for (const [index, { command, path }] of sides.entries()) {
      await using server = await startServer(command, path);
      if (round > 0) taken[index]!.push(server.startMs);
    }
  }
  return {
    about: `From the spawn to the first 200 of \`/health\`, on a database that exists.${built === null ? " The executable was not built." : ""}`,
    rows: [["", "median ms"], ...sides.map(({ name }, index) => [name, shown(median(taken[index]!))])],
  };
}
