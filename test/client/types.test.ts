import { describe, expectTypeOf, test } from "bun:test";
import {
  type ApiProblem,
  type Change,
  type Client,
  createClient,
  listAll,
  type Page,
  type WatchEvent,
} from "#src/client/client.ts";
import type { AgentLog } from "#src/domain/agent-log.ts";
import type { Entity, EventPage } from "#src/domain/change.ts";
import type { Health } from "#src/domain/health.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { ProblemCode } from "#src/domain/problem.ts";
import type { Prompt, PromptStatus } from "#src/domain/prompt.ts";
import type { AgentStatus, RuntimeAgent } from "#src/domain/runtime-agent.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { Session, SessionWithTree } from "#src/domain/session.ts";
import type { SystemLog } from "#src/domain/system-log.ts";
import type { Workflow } from "#src/domain/workflow.ts";

// These are judged by `bun check`, not by running them.

type Answer<Name extends keyof Client> = Client[Name] extends (...args: never[]) => Promise<infer Value>
  ? Value
  : never;
type Given<Name extends keyof Client> = Client[Name] extends (...args: infer Args) => unknown ? Args : never;
type Query<Name extends keyof Client> = NonNullable<Given<Name>[0]>;

describe("rows", () => {
  test("are the domain's", () => {
    expectTypeOf<Answer<"getOrchestratorAgent">>().toEqualTypeOf<OrchestratorAgent>();
    expectTypeOf<Answer<"createRuntimeAgent">>().toEqualTypeOf<RuntimeAgent>();
    expectTypeOf<Answer<"updatePrompt">>().toEqualTypeOf<Prompt>();
    expectTypeOf<Answer<"createAgentLog">>().toEqualTypeOf<AgentLog>();
    expectTypeOf<Answer<"createAgentLogs">>().toEqualTypeOf<AgentLog[]>();
    expectTypeOf<Answer<"createSystemLog">>().toEqualTypeOf<SystemLog>();
    expectTypeOf<Answer<"getWorkflow">>().toEqualTypeOf<Workflow>();
    expectTypeOf<Answer<"getSession">>().toEqualTypeOf<SessionWithTree>();
    expectTypeOf<Answer<"getHealth">>().toEqualTypeOf<Health>();
    expectTypeOf<Answer<"listEvents">>().toEqualTypeOf<EventPage>();
    expectTypeOf<Answer<"deletePrompt">>().toEqualTypeOf<null>();
    expectTypeOf<Answer<"deleteOrchestratorAgent">>().toEqualTypeOf<null>();
  });

  test("come in pages", () => {
    expectTypeOf<Answer<"listOrchestratorAgents">>().toEqualTypeOf<Page<Found<OrchestratorAgent>>>();
    expectTypeOf<Answer<"listRuntimeAgents">>().toEqualTypeOf<Page<RuntimeAgent>>();
    expectTypeOf<Answer<"listSessions">>().toEqualTypeOf<Page<Session>>();
    expectTypeOf<Answer<"listPrompts">>().toEqualTypeOf<Page<Found<Prompt>>>();
    expectTypeOf<Answer<"listAgentLogs">>().toEqualTypeOf<Page<Found<AgentLog>>>();
    expectTypeOf<Answer<"listLogsOfAgent">>().toEqualTypeOf<Page<Found<AgentLog>>>();
    expectTypeOf<Answer<"listSystemLogs">>().toEqualTypeOf<Page<Found<SystemLog>>>();
    expectTypeOf<Answer<"listWorkflows">>().toEqualTypeOf<Page<Workflow>>();
    expectTypeOf(listAll<Query<"listPrompts">, Prompt>).returns.resolves.toEqualTypeOf<Page<Prompt>>();
  });
});

describe("commands", () => {
  test("take what the domain takes", () => {
    expectTypeOf<{ orchestrator_agent_id: string; session_id: string }>().toExtend<Given<"createRuntimeAgent">[0]>();
    expectTypeOf<{ session_id: string }>().not.toExtend<Given<"createRuntimeAgent">[0]>();
    expectTypeOf<{ status: "done" }>().not.toExtend<Given<"updateRuntimeAgent">[1]>();
    expectTypeOf<Given<"updateRuntimeAgent">[1]["status"]>().toEqualTypeOf<AgentStatus | undefined>();
    expectTypeOf<Given<"updatePrompt">[1]["status"]>().toEqualTypeOf<PromptStatus | undefined>();
    expectTypeOf<Given<"updatePrompt">[1]["cost_usd"]>().toEqualTypeOf<number | null | undefined>();
  });

  test("take what the server changes on its way in: a list of capabilities, a level in any case", () => {
    expectTypeOf<string[]>().toExtend<Given<"createOrchestratorAgent">[0]["capabilities"]>();
    expectTypeOf<Answer<"createOrchestratorAgent">["capabilities"]>().toEqualTypeOf<string | null>();
    expectTypeOf<"warning">().toExtend<Given<"createAgentLog">[0]["log_level"]>();
  });
});

describe("filters", () => {
  test("take one value or several of the domain's", () => {
    expectTypeOf<Query<"listRuntimeAgents">["status"]>().toEqualTypeOf<
      AgentStatus | readonly AgentStatus[] | undefined
    >();
    expectTypeOf<Query<"listPrompts">["model"]>().toEqualTypeOf<string | readonly string[] | undefined>();
    expectTypeOf<Query<"listOrchestratorAgents">["is_active"]>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Query<"listAgentLogs">["q"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Query<"listEvents">["types"]>().toEqualTypeOf<Entity | readonly Entity[] | undefined>();
    expectTypeOf<{ status: "done" }>().not.toExtend<Query<"listRuntimeAgents">>();
  });

  test("have a time window where the list has one", () => {
    expectTypeOf<Query<"listRuntimeAgents">["since"]>().toEqualTypeOf<Date | string | undefined>();
    expectTypeOf<Query<"listSessions">>().toHaveProperty("until");
    expectTypeOf<Query<"listWorkflows">>().not.toHaveProperty("since");
    expectTypeOf<Query<"listOrchestratorAgents">>().not.toHaveProperty("until");
    expectTypeOf<NonNullable<Given<"listLogsOfAgent">[1]>>().not.toHaveProperty("agent_id");
  });
});

describe("changes", () => {
  const change = { type: "agent.updated", data: { status: "idle" } } as Change;

  test("are told apart by their type", () => {
    if (change.type === "agent.updated") {
      expectTypeOf(change.data.status).toEqualTypeOf<AgentStatus>();
      expectTypeOf(change.data).toEqualTypeOf<Omit<RuntimeAgent, "context" | "config" | "metadata">>();
      expectTypeOf(change.data).not.toHaveProperty("context");
    }
    if (change.type === "prompt.created") expectTypeOf(change.data).not.toHaveProperty("prompt_text");
    if (change.type === "workflow.deleted") expectTypeOf(change.data.workflow_type).toEqualTypeOf<string>();
    if (change.type === "orchestrator_agent.created") expectTypeOf(change.data.name).toEqualTypeOf<string>();
  });

  test("of a log may have lost their row", () => {
    if (change.type === "agent_log.created") {
      expectTypeOf(change.data).toEqualTypeOf<Omit<AgentLog, "details"> | null>();
    }
    if (change.type === "system_log.created") {
      expectTypeOf(change.data).toEqualTypeOf<Omit<SystemLog, "details"> | null>();
    }
  });

  test("are of every kind that the feed has, and no other", () => {
    expectTypeOf<Change["type"]>().toEqualTypeOf<EventPage["events"][number]["type"]>();
    expectTypeOf<Extract<Change["type"], `agent_log.${string}`>>().toEqualTypeOf<"agent_log.created">();
    expectTypeOf<Change["seq"]>().toEqualTypeOf<number>();
  });
});

describe("a watch", () => {
  const client = createClient();

  test("tells the page that its list reads", () => {
    const watch = client.watch({ list: (options) => client.listRuntimeAgents({}, options) });
    expectTypeOf(watch).toEqualTypeOf<AsyncGenerator<WatchEvent<Page<RuntimeAgent>>, void, void>>();
    type Listed = Extract<WatchEvent<Page<RuntimeAgent>>, { type: "listed" }>;
    expectTypeOf<Listed["page"]["rows"]>().toEqualTypeOf<RuntimeAgent[]>();
    const own = client.watch({ list: async () => ({ seq: 1, agents: 3 }) });
    expectTypeOf(own).toEqualTypeOf<AsyncGenerator<WatchEvent<{ seq: number; agents: number }>, void, void>>();
  });

  test("must know the seq of its list", () => {
    // @ts-expect-error a list without its seq could not be followed
    expectTypeOf(client.watch({ list: async () => ({ rows: [] }) })).toBeObject();
  });

  test("tells everything by one `type`", () => {
    const event = { type: "connected" } as WatchEvent<Page<Prompt>>;
    if (event.type === "connected") expectTypeOf(event.feed).toEqualTypeOf<string>();
    if (event.type === "disconnected") expectTypeOf(event.error).toEqualTypeOf<Error>();
    if (event.type === "stale") expectTypeOf(event.reason).toEqualTypeOf<"pruned" | "ahead" | "replaced">();
    if (event.type === "agent.created") expectTypeOf(event.data.session_id).toEqualTypeOf<string>();
    if (event.type === "listed") expectTypeOf(event.page).toEqualTypeOf<Page<Prompt>>();
  });
});

test("an error says what the server said", () => {
  expectTypeOf<ApiProblem["code"]>().toEqualTypeOf<ProblemCode | undefined>();
  expectTypeOf<ApiProblem["allowed"]>().toEqualTypeOf<readonly string[] | undefined>();
  expectTypeOf<ApiProblem["errors"]>().toEqualTypeOf<readonly { pointer: string; detail: string }[] | undefined>();
});
