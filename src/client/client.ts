import type { AgentLog, AgentLogFilter, CreateAgentLog } from "#src/domain/agent-log.ts";
import type { BoardAgent, BoardFilter } from "#src/domain/board.ts";
import type { ChangeFilter, EventPage } from "#src/domain/change.ts";
import type { AgentCost, CostKey, CostRow } from "#src/domain/costs.ts";
import type { Health, ServiceInfo } from "#src/domain/health.ts";
import type {
  CreateOrchestratorAgent,
  OrchestratorAgent,
  OrchestratorAgentFilter,
  UpdateOrchestratorAgent,
} from "#src/domain/orchestrator-agent.ts";
import type { LinesTaken, StreamSource } from "#src/domain/lines-taken.ts";
import type { CreatePrompt, Prompt, PromptFilter, UpdatePrompt } from "#src/domain/prompt.ts";
import type {
  CreateRuntimeAgent,
  RuntimeAgent,
  RuntimeAgentFilter,
  UpdateRuntimeAgent,
} from "#src/domain/runtime-agent.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { Session, SessionWithTree, UpdateSession } from "#src/domain/session.ts";
import type { StatsKey, StatsRow } from "#src/domain/stats.ts";
import type { Purge, Storage } from "#src/domain/storage.ts";
import type { CreateSystemLog, SystemLog, SystemLogFilter } from "#src/domain/system-log.ts";
import type { CreatedToken, CreateToken, Token } from "#src/domain/token.ts";
import type { CreateWorkflow, UpdateWorkflow, Workflow, WorkflowFilter } from "#src/domain/workflow.ts";
import type { z } from "zod";
import { listAt, type ListQuery, type Page, type WindowedQuery } from "./pages.ts";
import { at } from "./path.ts";
import {
  type Call,
  type ClientOptions,
  type CommandOptions,
  createTransport,
  type RequestOptions,
} from "./transport.ts";
import { watch, type WatchEvent, type WatchOptions } from "./watch.ts";

export { listAll, type ListQuery, type Page, type WindowedQuery } from "./pages.ts";
export { ApiError, type ApiProblem, isTransient, UnreachableError } from "./errors.ts";
export type { Change } from "./changes.ts";
export type { ClientOptions, CommandOptions, RequestOptions } from "./transport.ts";
export type { WatchEvent, WatchNotice, WatchOptions } from "./watch.ts";

const DEFINITIONS = "/api/agents";
const AGENTS = "/api/runtime/agents";
const BOARD = "/api/runtime/board";
const SESSIONS = "/api/runtime/sessions";
const PROMPTS = "/api/runtime/prompts";
const LOGS = "/api/runtime/logs";
const SYSTEM_LOGS = "/api/system/logs";
const WORKFLOWS = "/api/runtime/workflows";
const STATS = "/api/stats";
const COSTS = "/api/costs";
const TOKENS = "/api/tokens";
const STORAGE = "/api/storage";

/** Every command and query of the API, named as in its OpenAPI document, and `watch`. */
export type Client = ReturnType<typeof createClient>;

/**
 * A client of one server. Works in Bun, Node 20 and later, and browsers. Its functions reject with `ApiError` (the server
 * refused or failed) or `UnreachableError` (no Orchestrator answered); nothing is tried again but by `watch`.
 */
export function createClient(clientOptions: ClientOptions = {}) {
  const transport = createTransport(clientOptions);

  async function read<Row>(call: Call, options?: CommandOptions): Promise<Row> {
    return (await transport.send(call, options)).body as Row;
  }
  const get = <Row>(path: string) => {
    return async (id: string, options?: RequestOptions) => read<Row>({ method: "GET", path: at(path, id) }, options);
  };
  const post = <Command, Row>(path: string) => {
    return (body: Command, options?: CommandOptions) => read<Row>({ method: "POST", path, body }, options);
  };
  const change = <Command, Row>(method: "PUT" | "PATCH", path: string) => {
    return async (id: string, body: Command, options?: RequestOptions) =>
      read<Row>({ method, path: at(path, id), body }, options);
  };
  const remove = (path: string) => {
    return async (id: string, options?: RequestOptions) =>
      read<null>({ method: "DELETE", path: at(path, id) }, options);
  };

  return {
    /** Where the server is. */
    url: transport.url,

    listOrchestratorAgents: listAt<Found<OrchestratorAgent>, ListQuery<OrchestratorAgentFilter>>(
      transport,
      DEFINITIONS,
    ),
    getOrchestratorAgent: get<OrchestratorAgent>(DEFINITIONS),
    createOrchestratorAgent: post<z.input<typeof CreateOrchestratorAgent>, OrchestratorAgent>(DEFINITIONS),
    updateOrchestratorAgent: change<z.input<typeof UpdateOrchestratorAgent>, OrchestratorAgent>("PUT", DEFINITIONS),
    /** With `cascade` its finished runtime agents and workflows go with it; without, they are a conflict (409). */
    deleteOrchestratorAgent: async (id: string, query: { cascade?: boolean } = {}, options?: RequestOptions) =>
      read<null>({ method: "DELETE", path: at(DEFINITIONS, id), query }, options),

    listRuntimeAgents: listAt<RuntimeAgent, WindowedQuery<RuntimeAgentFilter>>(transport, AGENTS),
    getRuntimeAgent: get<RuntimeAgent>(AGENTS),
    /** For a known `external_id` the agent that has it. */
    createRuntimeAgent: post<CreateRuntimeAgent, RuntimeAgent>(AGENTS),
    updateRuntimeAgent: change<UpdateRuntimeAgent, RuntimeAgent>("PATCH", AGENTS),
    deleteRuntimeAgent: remove(AGENTS),
    /** What it cost, with all below it. */
    getAgentCost: async (id: string, options?: RequestOptions) =>
      read<AgentCost>({ method: "GET", path: `${at(AGENTS, id)}/cost` }, options),

    /** The agents that matter now, or those of a filter, with what they do and what that took. One page, of 1000 unless told. */
    listBoard: listAt<BoardAgent, Omit<ListQuery<BoardFilter>, "cursor">>(transport, BOARD),

    listSessions: listAt<Session, WindowedQuery<unknown>>(transport, SESSIONS),
    getSession: get<SessionWithTree>(SESSIONS),
    updateSession: change<UpdateSession, Session>("PATCH", SESSIONS),

    listPrompts: listAt<Found<Prompt>, WindowedQuery<PromptFilter>>(transport, PROMPTS),
    getPrompt: get<Prompt>(PROMPTS),
    createPrompt: post<CreatePrompt, Prompt>(PROMPTS),
    updatePrompt: change<UpdatePrompt, Prompt>("PATCH", PROMPTS),
    deletePrompt: remove(PROMPTS),

    listAgentLogs: listAt<Found<AgentLog>, WindowedQuery<AgentLogFilter>>(transport, LOGS),
    /** Logs of one agent; an unknown agent is an error (404). */
    listLogsOfAgent: async (
      agentId: string,
      query?: Omit<WindowedQuery<AgentLogFilter>, "agent_id">,
      options?: RequestOptions,
    ): Promise<Page<Found<AgentLog>>> =>
      listAt<Found<AgentLog>, WindowedQuery<AgentLogFilter>>(transport, at(`${LOGS}/agent`, agentId))(query, options),
    createAgentLog: post<z.input<typeof CreateAgentLog>, AgentLog>(LOGS),
    /** At most 1000, of which all are stored, or none. */
    createAgentLogs: post<readonly z.input<typeof CreateAgentLog>[], AgentLog[]>(LOGS),

    listSystemLogs: listAt<Found<SystemLog>, WindowedQuery<SystemLogFilter>>(transport, SYSTEM_LOGS),
    createSystemLog: post<z.input<typeof CreateSystemLog>, SystemLog>(SYSTEM_LOGS),

    listWorkflows: listAt<Workflow, ListQuery<WorkflowFilter>>(transport, WORKFLOWS),
    getWorkflow: get<Workflow>(WORKFLOWS),
    createWorkflow: post<CreateWorkflow, Workflow>(WORKFLOWS),
    updateWorkflow: change<UpdateWorkflow, Workflow>("PATCH", WORKFLOWS),

    listTokens: listAt<Token, ListQuery<unknown>>(transport, TOKENS),
    /** Its `secret` is in this answer only: the same `idempotencyKey` again is an error (409) that names the token. */
    createToken: post<z.input<typeof CreateToken>, CreatedToken>(TOKENS),
    /** It is refused from then on, and its sockets and streams end. */
    deleteToken: remove(TOKENS),

    /** What an agent writes, as it is or in pieces (`stream`, `line`, `end`, `exit`): sent again, each line counts once. */
    ingestLines: (lines: string | Uint8Array<ArrayBuffer>, query: LinesQuery, options?: RequestOptions) =>
      read<LinesTaken>(
        { method: "POST", path: "/ingest/jsonl", query: { ...query, end: query.end?.toString() }, lines },
        options,
      ),

    getStorage: (options?: RequestOptions) => read<Storage>({ method: "GET", path: STORAGE }, options),
    /** Begins a purge in the background; with `dry_run` it only tells what one would remove. */
    purgeStorage: (query: { dry_run?: boolean } = {}, options?: CommandOptions) =>
      read<Purge>({ method: "POST", path: `${STORAGE}/purge`, query }, options),

    /** Totals of whole UTC days, by day unless told: `{ by: ["model", "day"] }` has a row for each model and day. */
    getStats: (query: StatsQuery = {}, options?: RequestOptions) =>
      read<StatsRow[]>({ method: "GET", path: STATS, query }, options),

    /** The costliest agents, sessions, definitions or models, or days, the newest first. */
    listCosts: (query: CostsQuery = {}, options?: RequestOptions) =>
      read<CostRow[]>({ method: "GET", path: COSTS, query }, options),

    /** A page of the change feed behind `after`; without `after` it is empty and tells the head. */
    listEvents: (query: EventsQuery = {}, options?: RequestOptions) =>
      read<EventPage>({ method: "GET", path: "/api/events", query }, options),
    /** Lists, then follows the feed through any break; see `WatchOptions`. */
    watch: <Listed extends { readonly seq: number } = never>(
      options: WatchOptions<Listed> = {},
    ): AsyncGenerator<WatchEvent<Listed>, void, void> => watch(transport, options),

    getServiceInfo: (options?: RequestOptions) => read<ServiceInfo>({ method: "GET", path: "/" }, options),
    /** Rejects with status 503 when the server is not healthy; `problem.checks` says what is not. */
    getHealth: (options?: RequestOptions) => read<Health>({ method: "GET", path: "/health" }, options),
    /** What the server does, in Prometheus' text format 0.0.4. */
    getMetrics: (options?: RequestOptions) => transport.text("/metrics", options),
    getOpenApiDocument: (options?: RequestOptions) =>
      read<Record<string, unknown>>({ method: "GET", path: "/openapi.json" }, options),
    /** What the `code` of a problem means, and what to do about it. */
    getProblemType: get<{ code: string; status: number; title: string; advice: string }>("/problems"),
  };
}

type LinesQuery = {
  readonly source: StreamSource;
  readonly session?: string | undefined;
  readonly stream?: string | undefined;
  readonly line?: number | undefined;
  readonly end?: boolean | undefined;
  readonly exit?: number | undefined;
};

type EventsQuery = Omit<ListQuery<ChangeFilter>, "cursor"> & {
  readonly after?: number | undefined;
  readonly feed?: string | undefined;
};

type CostsQuery = {
  readonly by?: CostKey | undefined;
  readonly since?: Date | string | undefined;
  readonly until?: Date | string | undefined;
  readonly limit?: number | undefined;
};

type StatsQuery = {
  readonly since?: Date | string | undefined;
  readonly until?: Date | string | undefined;
  readonly by?: StatsKey | readonly StatsKey[] | undefined;
};
