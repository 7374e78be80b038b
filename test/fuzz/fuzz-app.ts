import { Database } from "bun:sqlite";
import { copyFileSync } from "node:fs";
import { wrongTotals } from "#src/database/sqlite/rollups.ts";
import { testIds } from "#test/support/clock.ts";
import { testFolder } from "#test/support/folder.ts";
import { agent, agentLog, definition, prompt, systemLog, workflow } from "#test/support/given.ts";
import { advance, patch, post, prepare, type Step } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";
import type { ApiDocument } from "./document.ts";
import { knownValues } from "./known-values.ts";

/** Rows of every noun, some of which name each other: `id-1` and `id-2` are definitions, `id-3` to `id-5` agents. */
const ROWS: readonly Step[] = [
  definition({ description: "Plans", capabilities: ["planning"], default_model: "opus" }),
  definition({ name: "builder", agent_type: "builder", is_active: false }),
  agent({ external_id: "outside-1", context: { issue: 42 } }),
  agent({ parent_agent_id: "id-3", session_id: "s2", name: "child" }),
  agent({ orchestrator_agent_id: "id-2", status: "completed" }),
  prompt({ agent_id: "id-3", cost_usd: 0.25, tokens_input: 7, model_used: "opus" }),
  prompt({ agent_id: "id-4", status: "completed", response_text: "Done" }),
  advance(1000),
  agentLog({ agent_id: "id-3", details: { step: 1 } }),
  post("/api/runtime/logs", [
    { agent_id: "id-4", log_type: "error", log_level: "error", message: "refused" },
    { agent_id: "id-4", log_type: "tool_call", message: "ran" },
  ]),
  systemLog(),
  systemLog({ log_level: "WARNING", component: "adw" }),
  workflow({ orchestrator_agent_id: "id-1" }),
  workflow({ adw_name: "adw-2", workflow_type: "plan" }),
  patch("/api/runtime/agents/id-3", { status: "executing" }),
  definition({ name: "without agents" }),
  definition({ name: "without agents either" }),
];

/** A file with rows of every noun, of which each sequence of requests gets a copy. */
export type Template = Disposable & {
  readonly path: string;
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** A token for each scope of the document. */
  readonly secrets: ReadonlyMap<string, string>;
};

/** Makes it, and reads from its answers which values requests may name. */
export async function makeTemplate(document: ApiDocument): Promise<Template> {
  const folder = testFolder();
  const path = folder.file("template.db");
  await using app = await testApp();
  await prepare(app, ROWS);
  const secrets = await makeTokens(app, document);
  const known = await knownValues(app, document, bearer(secrets.get(HIGHEST)));
  using db = new Database(app.path);
  db.run("vacuum into ?", [path]);
  return { path, known, secrets, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** May do everything. */
export const HIGHEST = "admin";

/** The header that shows a token. */
export function bearer(secret: string | undefined): Record<string, string> {
  return secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
}

async function makeTokens(app: TestApp, { scopes }: ApiDocument): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  // The highest first: from then on it is needed to make the others.
  for (const scope of scopes.toReversed()) {
    const answer = await app.call("POST", "/api/tokens", { name: scope, scope }, bearer(secrets.get(HIGHEST)));
    secrets.set(scope, answer.body.secret);
  }
  return secrets;
}

export type FuzzApp = AsyncDisposable & {
  readonly test: TestApp;
  readonly secrets: Template["secrets"];
  /** Rows of every table, and where the feed ends: what a refused request must not move. */
  stored(): Record<string, number>;
  /** What is wrong with totals and the feed; empty when nothing is. */
  brokenInvariants(): string[];
};

/** The app over a copy of the template. */
export async function openFuzzApp(template: Template): Promise<FuzzApp> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  copyFileSync(template.path, path);
  const ended = () => new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  // The highest token is the environment's too: a sequence may revoke it.
  const apiToken = template.secrets.get(HIGHEST) ?? "";
  const test = await testApp({ path, newId: testIds("new"), sse: { open: ended }, apiToken });
  const db = new Database(path, { readonly: true });
  const counts = db.query<Record<string, number>, []>(countsSql(db));
  // Moves with every commit of the app: only then are the tables counted again.
  const committed = db.query<{ data_version: number }, []>("pragma data_version");
  let known: { version: number; rows: Record<string, number> } = { version: -1, rows: {} };

  return {
    test,
    secrets: template.secrets,
    stored() {
      const { data_version: version } = committed.get()!;
      if (version !== known.version) known = { version, rows: counts.get()! };
      return known.rows;
    },
    brokenInvariants() {
      const wrong = wrongTotals(db);
      const feed = db.query<{ gaps: number }, []>(GAPS).get()!;
      return [
        ...(wrong === 0 ? [] : [`${wrong} kept totals are not what the rows add up to`]),
        ...(feed.gaps === 0 ? [] : [`the feed has ${feed.gaps} gaps`]),
      ];
    },
    async [Symbol.asyncDispose]() {
      db.close();
      await test[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const GAPS = "select max(seq) - min(seq) + 1 - count(*) as gaps from changes";

/** Without the index of texts: a search fills it with what is stored already. */
function countsSql(db: Database): string {
  const names = (where: string) =>
    db
      .query<{ name: string }, []>(`select name from sqlite_master where type = 'table' and ${where}`)
      .all()
      .map(({ name }) => name);
  const indexes = names("sql like 'create virtual%'");
  const tables = names("sql not like 'create virtual%'");
  const columns = tables
    .filter((table) => !indexes.some((index) => table.startsWith(`${index}_`)))
    .map((table) => `(select count(*) from "${table}") as "${table}"`);
  return `select ${columns.join(", ")}, (select max(seq) from changes) as head`;
}
