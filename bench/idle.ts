import { effort } from "./effort.ts";
import type { Report } from "./report.ts";
import { folder, OURS, startServer } from "./servers.ts";
import { subscribe } from "./subscribers.ts";
import { atMost } from "./wanted.ts";

const SETTLE_MS = effort(2_000, 500);
const IDLE_MS = effort(10_000, 2_000);

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
  const subscribers = await subscribe(server.url, "/ws/events", 100, () => undefined);
  const listening = await share();
  subscribers.close();
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  return {
    about: `CPU of an idle server over ${IDLE_MS / 1000} s, as a share of one core.`,
    rows: [
      ["", "of a core"],
      ["no socket", percent(alone)],
      ["100 sockets", percent(listening)],
    ],
    wanted: [atMost("with 100 sockets", 1, listening * 100, " %")],
  };
}
