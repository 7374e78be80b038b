// Written by `orchestrator connect opencode`; `orchestrator connect opencode --undo` removes it.
// Tells the Orchestrator what opencode does. opencode never waits for it, and nothing fails because of it: without a
// server events wait here, the oldest go first, and how many went is told later.

const SERVER = "http://127.0.0.1:8000/ingest/hooks/opencode";

const MOST_WAITING = 1000;
const MOST_CHARACTERS = 8_000_000;
const MOST_AT_ONCE = 100;
const CHARACTERS_AT_ONCE = 500_000;
const TIMEOUT_MS = 2000;
const DRAIN_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** What is told. Everything else, above all the deltas of answers, stays here. */
const TYPES = new Set([
  "session.created",
  "session.updated",
  "session.deleted",
  "session.status",
  "session.idle",
  "session.error",
  "session.compacted",
  "message.updated",
  "message.part.updated",
  "permission.asked",
  "permission.updated",
  "permission.replied",
  "question.asked",
  "question.replied",
  "question.rejected",
  "todo.updated",
  "command.executed",
]);

/** Whole files and pictures: large, and nothing that is shown. */
const LEFT_OUT = new Set(["diffs", "attachments", "snapshot"]);

function isTold(event) {
  if (!TYPES.has(event?.type)) return false;
  return event.type !== "message.part.updated" || isWhole(event.properties?.part ?? {});
}

/** A text of the user has no time; one of the model, and a tool, have an end. */
function isWhole({ type, state, time, synthetic, ignored }) {
  if (type === "tool") return state?.status === "completed" || state?.status === "error";
  return type === "text" && synthetic !== true && ignored !== true && (time === undefined || time?.end !== undefined);
}

function createSender() {
  let waiting = [];
  let characters = 0;
  let dropped = 0;
  let failures = 0;
  let retry = null;
  let sending = null;

  function add(text) {
    waiting.push(text);
    characters += text.length;
    while (waiting.length > MOST_WAITING || (characters > MOST_CHARACTERS && waiting.length > 1)) {
      characters -= waiting.shift().length;
      dropped += 1;
    }
  }

  function take() {
    const batch = [];
    let length = 0;
    while (batch.length < waiting.length && batch.length < MOST_AT_ONCE) {
      length += waiting[batch.length].length;
      if (batch.length > 0 && length > CHARACTERS_AT_ONCE) break;
      batch.push(waiting[batch.length]);
    }
    waiting = waiting.slice(batch.length);
    for (const text of batch) characters -= text.length;
    return batch;
  }

  /** Whether the batch need not be sent again. */
  async function post(batch, missing) {
    const note = missing > 0 ? [JSON.stringify({ type: "orchestrator.dropped", properties: { count: missing } })] : [];
    const token = globalThis.process?.env?.ORCHESTRATOR_TOKEN;
    const response = await fetch(SERVER, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: `[${[...note, ...batch].join(",")}]`,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    // What is refused for good would be refused again; the rest of the queue must not wait behind it.
    return response.ok || (response.status < 500 && ![401, 403, 404, 408, 429].includes(response.status));
  }

  async function drain() {
    while (waiting.length > 0) {
      const batch = take();
      const missing = dropped;
      let isDone = false;
      try {
        isDone = await post(batch, missing);
      } catch {
        // Nobody there: opencode goes on without.
      }
      if (!isDone) {
        const since = waiting;
        waiting = batch;
        for (const text of batch) characters += text.length;
        characters -= since.reduce((sum, text) => sum + text.length, 0);
        for (const text of since) add(text);
        failures += 1;
        retry = setTimeout(resume, Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures));
        // It keeps nobody from ending.
        retry.unref?.();
        return;
      }
      dropped -= missing;
      failures = 0;
    }
  }

  function start() {
    sending ??= drain().finally(() => {
      sending = null;
    });
    return sending;
  }

  function resume() {
    clearTimeout(retry);
    retry = null;
    return start();
  }

  return {
    tell(event) {
      add(JSON.stringify(event, (key, value) => (LEFT_OUT.has(key) ? undefined : value)));
      if (retry === null) void start();
    },
    /** Sends what waits, one last time; no longer than a second. */
    async finish() {
      let timer;
      const enough = new Promise((resolve) => {
        timer = setTimeout(resolve, DRAIN_MS);
      });
      const all = (async () => {
        await sending;
        await resume();
      })();
      await Promise.race([all, enough]);
      clearTimeout(timer);
    },
  };
}

export const Orchestrator = async () => {
  const sender = createSender();
  return {
    event: async ({ event }) => {
      try {
        if (isTold(event)) sender.tell(event);
      } catch {
        // An event that is no JSON.
      }
    },
    dispose: async () => {
      try {
        await sender.finish();
      } catch {
        // It was the last thing to do.
      }
    },
  };
};
