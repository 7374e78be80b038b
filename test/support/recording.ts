import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "./json.ts";
import type { Random } from "./random.ts";
import type { TestApp } from "./test-app.ts";

/** What an agent sent once: an event of its hooks, a request of its telemetry, or a piece of its output. */
export type Step =
  | { readonly hook: string; readonly body: Json }
  | { readonly otlp: "logs" | "traces"; readonly body: Json }
  | { readonly jsonl: string; readonly lines: readonly Json[] };

/** One folder: `steps.jsonl`, in the order in which they came, and `expected.json`. */
export type Recording = { readonly name: string; readonly steps: readonly Step[]; readonly expected: Observed };

/** What is stored, without ids and times, in an order that does not depend on when it was told. */
export type Observed = {
  readonly agents: readonly Json[];
  readonly prompts: readonly Json[];
  readonly logs: readonly Json[];
};

const ROOT = join(import.meta.dir, "../ingest/recordings");

/** `<source>/<scenario>` of each recording. */
export function recordings(): Recording[] {
  const sources = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return sources.flatMap(({ name: source }) =>
    readdirSync(join(ROOT, source)).map((name) => recording(`${source}/${name}`)),
  );
}

function recording(name: string): Recording {
  const steps = readFileSync(join(ROOT, name, "steps.jsonl"), "utf8");
  return {
    name,
    steps: steps
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Step),
    expected: inOrder(JSON.parse(readFileSync(join(ROOT, name, "expected.json"), "utf8")) as Observed),
  };
}

function inOrder({ agents, prompts, logs }: Observed): Observed {
  return { agents: sorted(agents), prompts: sorted(prompts), logs: sorted(logs) };
}

/** Sends one step, as the agent would. */
export async function send(app: TestApp, step: Step): Promise<void> {
  if ("hook" in step) {
    const answer = await app.call("POST", `/ingest/hooks/${step.hook}`, step.body);
    if (answer.status !== 204) throw new Error(`hook: ${answer.status} ${JSON.stringify(answer.body)}`);
  } else if ("otlp" in step) {
    const answer = await app.call("POST", `/v1/${step.otlp}`, step.body);
    if (answer.status !== 200) throw new Error(`otlp: ${answer.status} ${JSON.stringify(answer.body)}`);
  } else {
    const body = step.lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
    await sendLines(app, step.jsonl, new Blob([body]));
  }
}

export async function sendLines(
  app: TestApp,
  source: string,
  body: string | Blob | ReadableStream<Uint8Array>,
  query = "",
): Promise<Json> {
  const headers = { "Content-Type": "application/x-ndjson" };
  const answer = await app.raw(`/ingest/jsonl?source=${source}${query}`, { method: "POST", headers, body });
  if (answer.status !== 200) throw new Error(`jsonl: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** What is stored now. */
export async function observe(app: TestApp): Promise<Observed> {
  const definitions = named(await rows(app, "/api/agents"), "name");
  const agents = await rows(app, "/api/runtime/agents");
  const externalIds = named(agents, "external_id");
  return {
    agents: sorted(
      agents.map((agent) => ({
        external_id: agent.external_id,
        definition: definitions.get(agent.orchestrator_agent_id),
        parent: agent.parent_agent_id === null ? null : externalIds.get(agent.parent_agent_id),
        session_id: agent.session_id,
        name: agent.name,
        status: agent.status,
        cost_usd: agent.cost_usd,
        error_message: agent.error_message,
        metadata: agent.metadata,
      })),
    ),
    prompts: sorted(
      (await rows(app, "/api/runtime/prompts")).map((prompt) => ({
        agent: externalIds.get(prompt.agent_id),
        ...without(prompt, "id", "agent_id", "created_at", "completed_at"),
        is_completed: prompt.completed_at !== null,
      })),
    ),
    logs: sorted(
      (await rows(app, "/api/runtime/logs")).map((log) => ({
        agent: externalIds.get(log.agent_id),
        ...without(log, "id", "agent_id", "created_at"),
      })),
    ),
  };
}

function without(row: Json, ...fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(row).filter(([field]) => !fields.includes(field)));
}

async function rows(app: TestApp, path: string): Promise<Json[]> {
  return (await app.call("GET", `${path}?limit=1000`)).body;
}

function named(list: readonly Json[], field: string): Map<string, string> {
  return new Map(list.map((row) => [row.id, row[field]]));
}

function sorted(list: readonly Json[]): Json[] {
  const texts = list.map((row) => [JSON.stringify(byName(row)), row] as const);
  return texts.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** Fields may be stored in any order. */
function byName(value: Json): Json {
  if (Array.isArray(value)) return value.map(byName);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, byName(field)]));
}

/** The same without what tells in which order things were heard. */
export function settled({ agents, prompts, logs }: Observed): Observed {
  return {
    agents,
    // How long it took is known by who opened and closed it, in that order.
    prompts: sorted(prompts.map((prompt) => without(prompt, "latency_ms"))),
    logs: logs.filter(({ log_type }) => log_type !== "state_change"),
  };
}

/** Steps with those of telemetry taken apart into requests of a few records each, in any order, among the others. */
export function shuffled(steps: readonly Step[], random: Random): Step[] {
  const late = steps.filter((step) => "otlp" in step).flatMap((step) => takenApart(step, random));
  const result: Step[] = steps.filter((step) => !("otlp" in step));
  for (const step of late) result.splice(random.below(result.length + 1), 0, step);
  return result;
}

/** One request for each of its records, or two of them together. */
function takenApart(step: Extract<Step, { otlp: unknown }>, random: Random): Step[] {
  const [resources, scopes, records] =
    step.otlp === "logs" ? ["resourceLogs", "scopeLogs", "logRecords"] : ["resourceSpans", "scopeSpans", "spans"];
  const parts: Step[] = [];
  for (const resource of step.body[resources!]) {
    for (const scope of resource[scopes!]) {
      const left = [...scope[records!]];
      while (left.length > 0) {
        const some = left.splice(random.below(left.length), 1 + random.below(2));
        parts.push({
          otlp: step.otlp,
          body: { [resources!]: [{ ...resource, [scopes!]: [{ ...scope, [records!]: some }] }] },
        });
      }
    }
  }
  return parts;
}
