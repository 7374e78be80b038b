import type { Json } from "#test/support/json.ts";
import { seededRandom } from "#test/support/random.ts";
import * as commands from "./commands.ts";
import type { Command } from "./commands.ts";
import type { Ledger } from "./ledger.ts";

/** Rows that every writer, of both kinds, changes under the others' hands. */
export type Shared = { readonly definition: string; readonly agents: readonly string[] };

export type HttpWriters = {
  /** How many commands were answered with 2xx. */
  readonly answered: number;
  /** What was sent and has no answer; emptied by whoever finds out about it. */
  readonly unanswered: { readonly command: Command; readonly isCertain: boolean }[];
  /** Begins to write to this address until there is no answer, or `stop`. */
  start(url: string): void;
  /** Sends one command; false when it stays without an answer. */
  send(url: string, command: Command): Promise<boolean>;
  /** The same beside the others, without waiting for it; `ended` waits. */
  sendBeside(url: string, command: Command): void;
  stop(): void;
  /** Resolves when all have ended; rejects with the first answer that must not be. */
  readonly ended: Promise<unknown>;
};

const ALIVE = ["idle", "planning", "executing", "reviewing", "waiting"];
const FINAL = ["completed", "failed", "cancelled"];
const BATCH = 20;
/** More rows than that of a kind a writer does not change. */
const REMEMBERED = 12;

export function createHttpWriters(ledger: Ledger, shared: Shared, count: number, seed: number): HttpWriters {
  const unanswered: { command: Command; isCertain: boolean }[] = [];
  const choosers = Array.from({ length: count }, (_, index) =>
    createChooser(ledger, shared, `w${index}`, seed + index),
  );
  let answered = 0;
  let over = new AbortController();
  let ended: Promise<unknown> = Promise.resolve();

  async function send(url: string, command: Command): Promise<boolean> {
    let response: Response | undefined;
    let body: Json;
    try {
      response = await fetch(url + command.path, request(command));
      const text = await response.text();
      body = text === "" ? null : JSON.parse(text);
    } catch {
      // A status without its body is an answer nevertheless.
      unanswered.push({ command, isCertain: response?.ok === true });
      return false;
    }
    if (response.ok) {
      command.answered(body);
      answered += 1;
    } else if (response.status === 503) {
      unanswered.push({ command, isCertain: false });
      return false;
    } else if (response.status !== 409 || command.mayConflict !== true) {
      throw new Error(`${command.method} ${command.path} answered ${response.status}: ${JSON.stringify(body)}`);
    }
    return true;
  }

  async function write(url: string, choose: () => Command): Promise<void> {
    while (!over.signal.aborted && (await send(url, choose())));
  }

  return {
    get answered() {
      return answered;
    },
    unanswered,
    send,
    sendBeside(url, command) {
      ended = Promise.all([ended, send(url, command)]);
      ended.catch(() => {});
    },
    start(url) {
      over = new AbortController();
      ended = Promise.all(choosers.map((choose) => write(url, choose)));
      ended.catch(() => {});
    },
    stop: () => over.abort(),
    get ended() {
      return ended;
    },
  };
}

export function request({ method, body }: Command): RequestInit {
  if (body === undefined) return { method };
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Chooses what one writer does next. Each writer changes rows of its own, one command at a time, so that all is known of them. */
function createChooser(ledger: Ledger, shared: Shared, writer: string, seed: number): () => Command {
  const random = seededRandom(seed);
  const { below, pick } = random;
  const own = { agent: [] as string[], prompt: [] as string[], workflow: [] as string[] };
  const families: string[] = [];
  let turn = 0;

  const remember = (ids: string[], id: string) => {
    ids.push(id);
    if (ids.length > REMEMBERED) ids.splice(below(ids.length), 1);
  };

  /** One of its rows that is there and has not ended. */
  function alive(kind: keyof typeof own): string | null {
    const left = own[kind].filter((id) => {
      const status = ledger.rows[kind].get(id)?.["status"];
      return status !== undefined && !FINAL.includes(status);
    });
    return left.length === 0 ? null : pick(left);
  }

  const newAgent = (marker: string, fields: object = {}) =>
    commands.creation(
      ledger,
      "agent",
      marker,
      {
        orchestrator_agent_id: shared.definition,
        session_id: `s${below(5)}`,
        name: marker,
        context: { turn, text: "c".repeat(below(200)) },
        ...(below(3) === 0 ? { external_id: `external ${marker}` } : {}),
        ...fields,
      },
      ({ id }) => remember(own.agent, id),
    );

  /** A definition whose agents have ended: it can be deleted with all that is below it. */
  function family(marker: string): Command {
    const definition = families.at(-1);
    const agents = [...ledger.rows.agent.values()].filter((agent) => agent["orchestrator_agent_id"] === definition);
    if (definition === undefined || !ledger.rows.definition.has(definition) || agents.length > 2) {
      if (families.length > 3) {
        const oldest = families.shift()!;
        if (ledger.rows.definition.has(oldest)) return commands.cascade(ledger, oldest);
      }
      const fields = { name: marker, agent_type: "tester", description: "d".repeat(below(300)), metadata: { turn } };
      return commands.creation(ledger, "definition", marker, fields, ({ id }) => void families.push(id));
    }
    return newAgent(marker, { orchestrator_agent_id: definition, status: pick(FINAL) });
  }

  function newPrompt(marker: string): Command {
    const agentId = below(3) === 0 ? pick(shared.agents) : (alive("agent") ?? pick(shared.agents));
    const fields = {
      agent_id: agentId,
      prompt_type: "command",
      prompt_name: marker,
      prompt_text: `do ${marker} ${"p".repeat(below(500))}`,
      cost_usd: pick([0, 0.25, 0.5]),
      tokens_input: below(1000),
      model_used: pick(["opus", "haiku"]),
    };
    return commands.creation(ledger, "prompt", marker, fields, ({ id }) => {
      // The cost of a shared agent is what all of its prompts have cost: those stay as they are.
      if (!shared.agents.includes(agentId)) remember(own.prompt, id);
    });
  }

  function changePrompt(id: string, marker: string): Command {
    const status = pick(["streaming", "completed", "failed"]);
    const isSame = ledger.get("prompt", id)["status"] === status;
    const set = { cost_usd: pick([0.25, 0.75, 1]), response_text: marker, ...(isSame ? {} : { status }) };
    return commands.update(ledger, "prompt", id, set);
  }

  function changeAgent(id: string, marker: string): Command {
    const cost = below(6) === 0 ? { cost_usd: pick([1, 2.5]) } : {};
    const status = below(4) === 0 ? {} : { status: below(8) === 0 ? pick(FINAL) : pick(ALIVE) };
    return commands.update(ledger, "agent", id, { error_message: marker, ...status, ...cost });
  }

  function changeWorkflow(id: string, marker: string): Command {
    const isPending = ledger.get("workflow", id)["status"] === "pending";
    const status = isPending ? "in_progress" : pick(FINAL);
    return commands.update(ledger, "workflow", id, { status, current_step: marker, output_data: { turn } });
  }

  function newWorkflow(marker: string): Command {
    const fields = { adw_name: marker, workflow_type: "sdlc", total_steps: 3, input_data: { turn } };
    return commands.creation(ledger, "workflow", marker, fields, ({ id }) => remember(own.workflow, id));
  }

  return () => {
    turn += 1;
    const marker = `${writer}x${seed}n${turn}`;
    const [roll, agent, prompt, workflow] = [below(100), alive("agent"), alive("prompt"), alive("workflow")];
    if (agent === null) return newAgent(marker);
    if (roll < 12) return newAgent(marker);
    if (roll < 30) return newPrompt(marker);
    if (roll < 38 && prompt !== null) return changePrompt(prompt, marker);
    if (roll < 48) return commands.logBatch(ledger, agent, marker, BATCH);
    if (roll < 55) return commands.systemLog(ledger, marker);
    if (roll < 60) return newWorkflow(marker);
    if (roll < 66 && workflow !== null) return changeWorkflow(workflow, marker);
    if (roll < 76) return family(marker);
    if (roll < 82) return commands.sharedUpdate(pick(shared.agents), { status: pick(ALIVE) });
    if (roll < 87) return commands.agentDeletion(ledger, agent);
    return changeAgent(agent, marker);
  };
}

/** Writes a definition with one ended agent and so many logs: deleting it takes a while. */
export async function writeHeavy(
  writers: HttpWriters,
  url: string,
  ledger: Ledger,
  marker: string,
  batches: number,
): Promise<string> {
  let definition = "";
  let agent = "";
  const define = commands.creation(ledger, "definition", marker, { name: marker, agent_type: "tester" }, ({ id }) => {
    definition = id;
  });
  await writers.send(url, define);
  const fields = { orchestrator_agent_id: definition, session_id: "heavy", name: marker, status: "completed" };
  await writers.send(
    url,
    commands.creation(ledger, "agent", marker, fields, ({ id }) => void (agent = id)),
  );
  for (let batch = 0; batch < batches; batch += 1) {
    await writers.send(url, commands.logBatch(ledger, agent, `${marker}b${batch}`, 1000));
  }
  return definition;
}
