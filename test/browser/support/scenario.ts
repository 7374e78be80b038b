import type { Client } from "#src/client/client.ts";
import { ANSWER, PLAN } from "./scenario-texts.ts";

/** Where a scenario is played. */
export type Stage = {
  readonly client: Client;
  /** Moves the server's clock forward to that time (milliseconds), if it has one that can be moved. */
  readonly passTo: (time: number) => void;
};

/** Ids of who can be looked for afterwards. */
export type Cast = {
  readonly definitions: { readonly planner: string; readonly builder: string; readonly reviewer: string };
  /** In the session SESSION: executing, and the parent of `waiting` and `helper`. */
  readonly working: string;
  readonly waiting: string;
  readonly helper: string;
  /** Ended in SESSION an hour before, with a plan as its answer. */
  readonly planned: string;
  readonly idle: string;
  readonly failed: string;
  readonly finished: string;
  readonly quiet: string;
  readonly lost: string;
  readonly workflow: string;
};

/** The session that holds most, and the name of its workflow. */
export const SESSION = "adw-checkout";
export const SCENARIO_START = Date.parse("2026-01-30T08:00:00.000Z");
export const SCENARIO_NOW = Date.parse("2026-02-05T10:30:00.000Z");

const DAY = 24 * 3_600_000;
const SECOND = 1_000;
const OPUS = "claude-opus-4-5";
const SONNET = "claude-sonnet-4-5";
const GPT = "gpt-5.1";

/** What one request to a model took. */
type Taken = {
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly cost: number;
  readonly ms: number;
};

/**
 * Six nights of finished runs, then a morning on which every state is to be seen: three definitions (and one that is not
 * active), a workflow with its agents and sub-agents, someone who waits, is idle, quiet, lost, has failed, has finished.
 */
export async function playScenario({ client, passTo }: Stage): Promise<Cast> {
  const today = (time: string) => passTo(Date.parse(`2026-02-05T${time}Z`));
  const definitions = await define(client);
  for (let night = 0; night < 6; night += 1) await playNight({ client, passTo }, definitions, night);

  today("08:00:00");
  await client.createSystemLog({ component: "server", message: "Listening on http://127.0.0.1:8000" });
  const lost = await start(client, definitions.planner, "spike-search", "spike: search");
  await works(client, lost, "Reading src/search/", "Read", { file_path: "src/search/index.ts" });

  today("09:12:00");
  const workflow = await client.createWorkflow({
    adw_name: SESSION,
    workflow_type: "plan_build_test_review",
    orchestrator_agent_id: definitions.planner,
    description: "Checkout with a saved address",
    status: "in_progress",
    current_step: "plan",
    total_steps: 4,
    completed_steps: 0,
    input_data: { issue: 42 },
    metadata: { session_id: SESSION, steps: ["plan", "build", "test", "review"] },
  });
  const planned = await start(client, definitions.planner, SESSION, "plan: checkout");
  await client.updateRuntimeAgent(planned, { status: "planning" });
  for (const [minute, file] of ["cart.ts", "address.ts", "payment.ts"].entries()) {
    today(`09:1${3 + minute}:20`);
    await works(client, planned, `Read src/checkout/${file}`, "Read", { file_path: `src/checkout/${file}` });
  }
  today("09:18:00");
  await asks(client, planned, "/plan", "Plan issue 42: a saved address at checkout.", PLAN, took(OPUS, 41_280, 2_310));
  await client.updateRuntimeAgent(planned, { status: "completed" });
  await client.updateWorkflow(workflow.id, { current_step: "build", completed_steps: 1 });

  today("09:20:00");
  const working = await start(client, definitions.builder, SESSION, "build: checkout");
  await client.updateRuntimeAgent(working, { status: "executing" });
  await asks(client, working, "/build", "Build the plan of issue 42.", ANSWER, took(SONNET, 88_400, 6_120));

  today("09:40:00");
  const quiet = await start(client, definitions.builder, "spike-search", "spike: index");
  await client.updateRuntimeAgent(quiet, { status: "executing" });

  today("09:52:00");
  const failed = await playFailure(client, definitions.reviewer, today);

  today("10:05:00");
  const helper = await start(client, definitions.builder, SESSION, "test: cart", working);
  await client.updateRuntimeAgent(helper, { status: "executing" });
  const waiting = await start(client, definitions.builder, SESSION, "docs: checkout", working);
  await client.updateRuntimeAgent(waiting, { status: "executing" });
  await works(client, waiting, "Edit docs/checkout.md", "Edit", { file_path: "docs/checkout.md" });

  today("10:12:00");
  const finished = await start(client, definitions.reviewer, "docs-sweep", "review: docs");
  await client.updateRuntimeAgent(finished, { status: "reviewing" });
  today("10:21:30");
  await asks(
    client,
    finished,
    "/review",
    "Review the docs.",
    "Two dead links mended, nothing else.",
    took(GPT, 12_050, 640),
  );
  await client.updateRuntimeAgent(finished, { status: "completed" });
  const idle = await start(client, definitions.planner, "docs-sweep", "plan: next sweep");
  today("10:27:40");
  await asks(
    client,
    idle,
    "/plan",
    "What is next?",
    "The **API reference**, then the changelog.",
    took(OPUS, 8_020, 410),
  );
  await client.updateRuntimeAgent(idle, { status: "idle" });

  today("10:28:10");
  await client.createAgentLog({
    agent_id: waiting,
    log_type: "milestone",
    log_level: "WARNING",
    message: "May I delete the old endpoint /v1/cart from the docs?",
    details: { question: "May I delete the old endpoint /v1/cart from the docs?" },
  });
  await client.updateRuntimeAgent(waiting, { status: "waiting" });
  today("10:29:05");
  await works(client, helper, "Bash bun test test/cart", "Bash", { command: "bun test test/cart" });
  today("10:29:40");
  await works(client, working, "Edit src/checkout/address.ts", "Edit", { file_path: "src/checkout/address.ts" });
  await client.createSystemLog({
    component: "retention",
    message: "Nothing was old enough to be removed",
    log_level: "DEBUG",
  });
  const ids = { working, waiting, helper, planned, idle, failed, finished, quiet, lost };
  return { definitions, ...ids, workflow: workflow.id };
}

async function define(client: Client): Promise<Cast["definitions"]> {
  const make = async (name: string, agent_type: string, description: string, default_model: string) =>
    (await client.createOrchestratorAgent({ name, agent_type, description, default_model, capabilities: agent_type }))
      .id;
  const planner = await make("feature-planner", "planner", "Turns an issue into a plan", OPUS);
  const builder = await make("code-builder", "builder", "Builds what is planned", SONNET);
  const reviewer = await make("code-reviewer", "reviewer", "Reads what was built", GPT);
  await client.createOrchestratorAgent({ name: "old-linter", agent_type: "utility", is_active: false });
  return { planner, builder, reviewer };
}

/** A run of three agents, each started by the one before; on the third night the builder fails. */
async function playNight({ client, passTo }: Stage, definitions: Cast["definitions"], night: number): Promise<void> {
  const began = SCENARIO_START + night * DAY;
  const session = `nightly-${new Date(began).toISOString().slice(0, 10)}`;
  passTo(began);
  const planner = await start(client, definitions.planner, session, "nightly plan");
  passTo(began + 60 * SECOND);
  await asks(
    client,
    planner,
    "/nightly",
    "What is to be done tonight?",
    "Update the dependencies.",
    took(OPUS, 9_000 + 1_700 * night, 300),
  );
  const builder = await start(client, definitions.builder, session, "nightly build", planner);
  passTo(began + 400 * SECOND);
  await asks(
    client,
    builder,
    "/build",
    "Update the dependencies.",
    "All but `left-pad`.",
    took(SONNET, 52_000 + 9_000 * (night % 4), 4_100),
  );
  await works(client, builder, "Bash bun update", "Bash", { command: "bun update" });
  if (night === 2) {
    await client.updateRuntimeAgent(builder, {
      status: "failed",
      error_message: "bun test: 3 tests failed after the update",
    });
  } else {
    const reviewer = await start(client, definitions.reviewer, session, "nightly review", builder);
    passTo(began + 520 * SECOND);
    await asks(
      client,
      reviewer,
      "/review",
      "Review the update.",
      "Nothing to object to.",
      took(GPT, 15_000 + 800 * night, 520),
    );
    await client.updateRuntimeAgent(reviewer, { status: "completed" });
    await client.updateRuntimeAgent(builder, { status: "completed" });
  }
  await client.updateRuntimeAgent(planner, { status: "completed" });
}

async function playFailure(client: Client, definition: string, today: (time: string) => void): Promise<string> {
  const agent = await start(client, definition, "fix-login", "review: login");
  await client.updateRuntimeAgent(agent, { status: "reviewing" });
  const prompt = await client.createPrompt({
    agent_id: agent,
    prompt_type: "command",
    prompt_name: "/review",
    prompt_text: "Review the new login.",
    model_used: GPT,
  });
  today("09:58:30");
  const error = "The model refused: 429, quota exceeded until 11:00";
  await client.updatePrompt(prompt.id, {
    status: "failed",
    error_message: error,
    tokens_input: 19_400,
    tokens_output: 0,
  });
  await client.createAgentLog({ agent_id: agent, log_type: "error", log_level: "ERROR", message: error });
  await client.updateRuntimeAgent(agent, { status: "failed", error_message: error });
  return agent;
}

async function start(client: Client, definition: string, session: string, name: string, parent?: string) {
  const agent = await client.createRuntimeAgent({
    orchestrator_agent_id: definition,
    session_id: session,
    name,
    parent_agent_id: parent ?? null,
  });
  return agent.id;
}

/** A call of a tool, as the readers of agents' events store it. */
async function works(client: Client, agent: string, message: string, tool: string, input: object): Promise<void> {
  const details = { tool, input, duration_ms: 40 * message.length, success: true };
  await client.createAgentLog({ agent_id: agent, log_type: "tool_call", message, details });
}

async function asks(
  client: Client,
  agent: string,
  name: string,
  text: string,
  answer: string,
  taken: Taken,
): Promise<void> {
  await client.createPrompt({
    agent_id: agent,
    prompt_type: "command",
    prompt_name: name,
    prompt_text: text,
    response_text: answer,
    status: "completed",
    model_used: taken.model,
    tokens_input: taken.input,
    tokens_output: taken.output,
    cost_usd: taken.cost,
    latency_ms: taken.ms,
  });
}

/** US dollars for a million tokens, in and out. */
const PRICES: Readonly<Record<string, readonly [number, number]>> = {
  [OPUS]: [5, 25],
  [SONNET]: [3, 15],
  [GPT]: [1.25, 10],
};

function took(model: string, input: number, output: number): Taken {
  const [perInput, perOutput] = PRICES[model]!;
  const cost = Math.round(input * perInput + output * perOutput) / 1_000_000;
  return { model, input, output, cost, ms: 1_200 + output * 14 };
}
