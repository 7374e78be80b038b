import { expect } from "bun:test";
import * as fc from "fast-check";
import type { Json } from "#test/support/json.ts";
import type { Answer } from "#test/support/test-app.ts";
import { bearer, type FuzzApp, HIGHEST } from "./fuzz-app.ts";

/** What the rows must be after the commands so far, as told by what the API promises. */
export type Model = {
  readonly agents: Map<string, { readonly session: string; status: string; cost: number }>;
  readonly prompts: Map<string, { readonly agent: string; status: string; cost: number }>;
  logs: number;
};

type World = { readonly app: FuzzApp };
type Command = fc.AsyncCommand<Model, World>;

const ALIVE = ["pending", "initializing", "idle", "planning", "executing", "reviewing", "waiting"];
const FINAL = ["completed", "failed", "cancelled"];
/** What may follow, of prompts. */
const NEXT: Readonly<Record<string, readonly string[]>> = { pending: ["streaming", ...FINAL], streaming: FINAL };
const SESSIONS = ["m1", "m2", "m3"];
/** In parts of which sums are exact, and which are kept exactly. */
const cost = fc.integer({ min: 0, max: 2_000 }).map((parts) => parts / 512);

async function send(app: FuzzApp, method: string, path: string, body?: unknown): Promise<Answer> {
  app.test.clock.advance(1);
  return app.test.call(method, path, body, bearer(app.secrets.get(HIGHEST)));
}

/** A key of the map by a random number; undefined when it is empty. */
function pick<Value>(map: ReadonlyMap<string, Value>, index: number): [string, Value] | undefined {
  return [...map][index % Math.max(1, map.size)];
}

function command(
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, app: FuzzApp) => Promise<void>,
): Command {
  return { check: (model) => check(model), run: (model, { app }) => run(model, app), toString: () => name };
}

const hasAgents = (model: Model) => model.agents.size > 0;
const hasPrompts = (model: Model) => model.prompts.size > 0;

function startAgent(session: string, status: string): Command {
  return command(
    `start ${status} in ${session}`,
    () => true,
    async (model, app) => {
      const body = { orchestrator_agent_id: "id-1", session_id: session, status };
      const answer = await send(app, "POST", "/api/runtime/agents", body);
      expect(answer.status).toBe(201);
      model.agents.set(answer.body.id, { session, status, cost: 0 });
    },
  );
}

function changeAgent(index: number, status: string, costUsd: number | null): Command {
  return command(`agent ${index} → ${status}, ${costUsd}`, hasAgents, async (model, app) => {
    const [id, agent] = pick(model.agents, index)!;
    const body = { status, ...(costUsd === null ? {} : { cost_usd: costUsd }) };
    const answer = await send(app, "PATCH", `/api/runtime/agents/${id}`, body);
    if (FINAL.includes(agent.status) && agent.status !== status) {
      expect(answer.status).toBe(409);
      return;
    }
    expect(answer.status).toBe(200);
    if (agent.status !== status) model.logs += 1;
    Object.assign(agent, { status, cost: costUsd ?? agent.cost });
  });
}

function removeAgent(index: number): Command {
  return command(`remove agent ${index}`, hasAgents, async (model, app) => {
    const [id] = pick(model.agents, index)!;
    const logs: Json[] = (await send(app, "GET", `/api/runtime/logs/agent/${id}?limit=1000`)).body;
    expect((await send(app, "DELETE", `/api/runtime/agents/${id}`)).status).toBe(204);
    model.logs -= logs.length;
    model.agents.delete(id);
    for (const [prompt, { agent }] of model.prompts) if (agent === id) model.prompts.delete(prompt);
  });
}

function writePrompt(index: number, costUsd: number | null): Command {
  return command(`prompt of agent ${index}, ${costUsd}`, hasAgents, async (model, app) => {
    const [id, agent] = pick(model.agents, index)!;
    const body = { agent_id: id, prompt_type: "command", prompt_text: "Go", cost_usd: costUsd };
    const answer = await send(app, "POST", "/api/runtime/prompts", body);
    expect(answer.status).toBe(201);
    model.prompts.set(answer.body.id, { agent: id, status: "pending", cost: costUsd ?? 0 });
    agent.cost += costUsd ?? 0;
  });
}

function changePrompt(index: number, status: string, costUsd: number): Command {
  return command(`prompt ${index} → ${status}, ${costUsd}`, hasPrompts, async (model, app) => {
    const [id, prompt] = pick(model.prompts, index)!;
    const answer = await send(app, "PATCH", `/api/runtime/prompts/${id}`, { status, cost_usd: costUsd });
    if (prompt.status !== status && !NEXT[prompt.status]?.includes(status)) {
      expect(answer.status).toBe(409);
      return;
    }
    expect(answer.status).toBe(200);
    const agent = model.agents.get(prompt.agent)!;
    // An agent's cost that was set below what its prompts cost does not fall below nothing.
    agent.cost = Math.max(0, agent.cost + costUsd - prompt.cost);
    Object.assign(prompt, { status, cost: costUsd });
  });
}

function removePrompt(index: number): Command {
  return command(`remove prompt ${index}`, hasPrompts, async (model, app) => {
    const [id] = pick(model.prompts, index)!;
    expect((await send(app, "DELETE", `/api/runtime/prompts/${id}`)).status).toBe(204);
    model.prompts.delete(id);
  });
}

function writeLogs(index: number, count: number): Command {
  return command(`${count} logs of agent ${index}`, hasAgents, async (model, app) => {
    const [id] = pick(model.agents, index)!;
    const log = { agent_id: id, log_type: "milestone", message: "Done" };
    expect(
      (
        await send(
          app,
          "POST",
          "/api/runtime/logs",
          Array.from({ length: count }, () => log),
        )
      ).status,
    ).toBe(201);
    model.logs += count;
  });
}

/** Sequences of commands that are as the API wants them, on rows that there are. */
export function commands(): fc.Arbitrary<Iterable<Command>> {
  const status = fc.constantFrom(...ALIVE, ...FINAL);
  const promptStatus = fc.constantFrom("pending", "streaming", ...FINAL);
  const index = fc.nat(9);
  return fc.commands(
    [
      fc.tuple(fc.constantFrom(...SESSIONS), status).map((given) => startAgent(...given)),
      fc.tuple(index, status, fc.option(cost)).map((given) => changeAgent(...given)),
      index.map(removeAgent),
      fc.tuple(index, fc.option(cost)).map((given) => writePrompt(...given)),
      fc.tuple(index, promptStatus, cost).map((given) => changePrompt(...given)),
      index.map(removePrompt),
      fc.tuple(index, fc.integer({ min: 1, max: 4 })).map((given) => writeLogs(...given)),
    ],
    { maxCommands: 40, size: "max" },
  );
}

/** What lists and sessions show is what the model has; totals and the feed hold together. */
export async function expectAsModelled(app: FuzzApp, model: Model, logsBefore: number): Promise<void> {
  const of = SESSIONS.join();
  const agents: Json[] = (await send(app, "GET", `/api/runtime/agents?limit=1000&session_id=${of}`)).body;
  const shown = agents.map(({ id, session_id: session, status, cost_usd: costUsd }) => [
    id,
    { session, status, cost: costUsd },
  ]);
  expect(shown.toSorted()).toEqual([...model.agents].toSorted());
  const sessions: Json[] = (await send(app, "GET", "/api/runtime/sessions?limit=1000")).body;
  for (const name of SESSIONS) {
    const mine = [...model.agents.values()].filter(({ session }) => session === name);
    const prompts = [...model.prompts.values()].filter(({ agent }) => model.agents.get(agent)!.session === name);
    const total = sessions.find(({ session_id: id }) => id === name);
    const known = { agents: total?.agents.total ?? 0, prompts: total?.prompts ?? 0, cost: total?.cost_usd ?? 0 };
    const costs = mine.reduce((sum, agent) => sum + agent.cost, 0);
    expect(known, name).toEqual({ agents: mine.length, prompts: prompts.length, cost: costs });
  }
  expect(app.stored()["agent_logs"]).toBe(logsBefore + model.logs);
  expect(app.brokenInvariants()).toEqual([]);
}
