import { effort } from "./effort.ts";
import { measure, type Measured, postRequest } from "./load.ts";
import { pace } from "./pace.ts";
import type { Report } from "./report.ts";
import { folder, OURS, startServer } from "./servers.ts";
import { median, percentile, shown } from "./statistics.ts";
import { atMost, type Verdict } from "./wanted.ts";

const ROUNDS = effort(5, 2);
const POSTS = 5_000;
const MOST_SECONDS = 30;
/** Sessions that report at once, each over a connection of its own, and the p99 that is wanted (milliseconds). */
const TARGETS = [
  { sessions: 1, p99: 5 },
  { sessions: 50, p99: 20 },
];
/** Of a turn: its prompt and its tools. */
const EVENTS = 20;
const PATH = "/ingest/hooks/claude-code";

/** The lives of sessions, an event at a time: a prompt, then its tools; they do not march in step. */
function sessionEvents(sessions: number): () => string {
  let sent = 0;
  return () => {
    const session = sent % sessions;
    const step = Math.floor(sent / sessions) + session;
    sent += 1;
    const session_id = `00000000-0000-4000-8000-${String(session).padStart(12, "0")}`;
    const prompt_id = `${session_id}-${Math.floor(step / EVENTS)}`;
    const common = { session_id, prompt_id, cwd: "/home/dev/project", permission_mode: "default" };
    const event =
      step % EVENTS === 0
        ? { ...common, hook_event_name: "UserPromptSubmit", prompt: "Find out why the tests fail, and mend it." }
        : {
            ...common,
            hook_event_name: "PostToolUse",
            tool_name: "Bash",
            tool_use_id: `toolu_${sent}`,
            tool_input: { command: "bun test ./test/http" },
            tool_response: { stdout: "12 pass\n0 fail\n".repeat(20), stderr: "" },
            duration_ms: 1200,
          };
    return postRequest(PATH, JSON.stringify(event));
  };
}

/** Sessions that wait for what their agents do: so many events a second of all together. */
const EVERY_MS = 1;
const PACED = "50 sessions, 1,000 a second";

async function paced(): Promise<number[][]> {
  using files = folder();
  await using server = await startServer(OURS, files.file("ours.db"));
  const request = sessionEvents(50);
  const rounds: number[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    rounds.push(await pace(server, { everyMs: EVERY_MS, request, until: Bun.sleep(POSTS * EVERY_MS) }));
  }
  // The first warms it up.
  return rounds.slice(1);
}

export async function hooks(): Promise<Report> {
  const rows = [["", "posts/s", "p50 ms", "p99 ms", "CPU µs"]];
  const wanted: Verdict[] = [];
  for (const { sessions, p99 } of TARGETS) {
    using files = folder();
    await using server = await startServer(OURS, files.file("ours.db"));
    const load = { connections: sessions, seconds: MOST_SECONDS, request: sessionEvents(sessions) };
    await measure(server, { ...load, most: POSTS / 10 });
    const rounds: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(server, { ...load, most: POSTS }));
    const of = (key: keyof Measured) => median(rounds.map((measured) => measured[key]));
    const label = `${sessions} session${sessions === 1 ? "" : "s"}, without a pause`;
    rows.push([label, ...(["perSecond", "p50Ms", "p99Ms", "cpuMicros"] as const).map((key) => shown(of(key)))]);
    wanted.push(atMost(`${label}: p99`, p99, of("p99Ms"), " ms"));
  }
  const rounds = await paced();
  const of = (share: number) => median(rounds.map((latencies) => percentile(latencies, share)));
  rows.push([PACED, shown(1000 / EVERY_MS), shown(of(0.5)), shown(of(0.99)), ""]);
  wanted.push(atMost(`${PACED}: p99`, 20, of(0.99), " ms"));
  return {
    about: `${POSTS.toLocaleString("en-US")} events of Claude Code's hooks (a prompt, then 19 tools), each answered after it is stored durably: every session sends its next event when the last is answered, or events come at a steady rate. Medians of ${ROUNDS} rounds.`,
    rows,
    wanted,
  };
}
