import { effort } from "./effort.ts";
import type { Report } from "./report.ts";
import { seedAgents, seedChanges } from "./rows.ts";
import { folder, OURS, startServer } from "./servers.ts";
import { median, shown } from "./statistics.ts";
import { subscribe } from "./subscribers.ts";
import { atLeast } from "./wanted.ts";

const CHANGES = 100_000;
const ROUNDS = effort(5, 2);

/** Everything there is, to one socket. */
export async function replay(): Promise<Report> {
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  seedAgents(server.databasePath);
  seedChanges(server.databasePath, CHANGES);
  const rows = [["", "changes", "MB", "seconds", "changes/s"]];
  const speeds: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
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
    speeds.push(frames / seconds);
    rows.push([`round ${round}`, shown(frames), shown(bytes / 2 ** 20), shown(seconds), shown(frames / seconds)]);
  }
  return {
    about: `Replay of ${shown(CHANGES)} changes to one socket, half of them updates of agents, half of them logs.`,
    rows,
    wanted: [atLeast("median of the rounds", 100_000, median(speeds), " changes/s")],
  };
}
