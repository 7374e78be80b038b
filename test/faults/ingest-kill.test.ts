import { expect, test } from "bun:test";
import { expectConsistent } from "#test/support/copies.ts";
import { query } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { until } from "#test/support/until.ts";

const SESSIONS = 50;
const EVENTS = 100;
const KILLED_AFTER = 1_500;
const PATIENCE_MS = 60_000;

/** What a session's hooks send: a prompt, tools, and the end of its turn. */
function eventsOf(session: number): object[] {
  const common = { session_id: `s${session}`, prompt_id: `p${session}`, cwd: "/tmp" };
  const tools = Array.from({ length: EVENTS - 2 }, (_, index) => ({
    ...common,
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_use_id: `t${session}-${index}`,
    tool_input: { command: "ls" },
    tool_response: { stdout: "ok" },
  }));
  return [
    { ...common, hook_event_name: "UserPromptSubmit", prompt: "Do it" },
    ...tools,
    { ...common, hook_event_name: "Stop", last_assistant_message: "Done" },
  ];
}

test(
  "invariant 13: 5,000 hook posts of 50 sessions, with a SIGKILL in between: none is lost, and what was sent again counts once",
  async () => {
    using folder = testFolder();
    let answered = 0;
    let url = "";
    /** Sends until it is answered, as a client that tries again. */
    async function session(number: number): Promise<void> {
      for (const event of eventsOf(number)) {
        while (!(await post(event))) await up.promise;
        answered += 1;
      }
    }
    async function post(event: object): Promise<boolean> {
      try {
        const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(event) };
        const response = await fetch(`${url}/ingest/hooks/claude-code`, init);
        expect([204, 503]).toContain(response.status);
        return response.status === 204;
      } catch (error) {
        // Nobody answers: it was killed.
        if ((error as Error).name === "JestAssertionError") throw error;
        return false;
      }
    }
    const up = Promise.withResolvers<void>();
    await using first = startProgram(folder.path);
    url = await first.url;
    const sessions = Promise.all(Array.from({ length: SESSIONS }, (_, number) => session(number)));
    await until("posts", () => answered >= KILLED_AFTER);
    first.kill("SIGKILL");
    await first.exited;
    await using second = startProgram(folder.path);
    url = await second.url;
    up.resolve();
    await sessions;

    const path = folder.file("data/orchestrator.db");
    expect(query(path, "select count(*) as agents from agents where status = 'idle'")).toEqual([{ agents: SESSIONS }]);
    const prompts = "select count(*) as prompts from prompts where status = 'completed' and response_text = 'Done'";
    expect(query(path, prompts)).toEqual([{ prompts: SESSIONS }]);
    const tools =
      "select count(*) as tools, count(distinct details) as different from agent_logs where log_type = 'tool_call'";
    const sent = SESSIONS * (EVENTS - 2);
    expect(query(path, tools)).toEqual([{ tools: sent, different: sent }]);
    expectConsistent(path);
  },
  PATIENCE_MS,
);
