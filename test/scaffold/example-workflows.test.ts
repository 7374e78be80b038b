import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackChoice } from "#src/scaffold/stacks.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import type { Json } from "#test/support/json.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";
import { environmentIn } from "./generated.ts";
import { project, writeProject } from "./templates.ts";

type Example = {
  readonly choice: StackChoice;
  readonly file: string;
  /** What of its text makes the model fail while it builds, when it stands behind `after`. */
  readonly after: string;
  readonly failing: string;
  readonly errorMessage: RegExp;
};

const THROW = `\n  if (prompt.startsWith("Build")) throw new Error('the model is "down"');`;
const MODEL_DOWN = /^the model is "down"$/;

const EXAMPLES: readonly Example[] = [
  {
    choice: { language: "python" },
    file: "example_workflow.py",
    after: 'what that took."""',
    failing: `\n    if prompt.startswith("Build"):\n        raise RuntimeError('the model is "down"')`,
    errorMessage: MODEL_DOWN,
  },
  {
    choice: { language: "typescript" },
    file: "example-workflow.ts",
    after: "async function askModel(prompt: string): Promise<Answer> {",
    failing: THROW,
    errorMessage: MODEL_DOWN,
  },
  {
    choice: { language: "javascript", packageManager: Bun.which("node") === null ? "bun" : "npm" },
    file: "example-workflow.mjs",
    after: "async function askModel(prompt) {",
    failing: THROW,
    errorMessage: MODEL_DOWN,
  },
  {
    choice: { language: "go" },
    file: "example-workflow.sh",
    after: "ask_model() {",
    failing: "\n  [[ $1 != Build* ]] || return 3",
    errorMessage: /^The script ended with 3 in line \d+$/,
  },
];

/** Nothing listens there, and it is no port that `fetch` refuses by itself. */
const NOWHERE = "http://127.0.0.1:2";

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs the example by the command that the project's README tells, as it is printed. */
function runExample(folder: TestFolder, env: Readonly<Record<string, string>>): Promise<Ran> {
  const readme = readFileSync(folder.file("README.md"), "utf8");
  const [command] = /^\S+ orchestrator_client\/\S+$/m.exec(readme)!;
  return run(folder, command.split(" "), env);
}

async function run(
  folder: TestFolder,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const environment = environmentIn(folder.path);
  const program = Bun.which(command[0]!, environment);
  if (program === null) throw new Error(`${command[0]} is not there: install it to run this test`);
  const child = Bun.spawn([program, ...command.slice(1)], {
    cwd: folder.path,
    env: { ...environment, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 25_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

function sessionIn({ stdout }: Ran): string {
  return /^session: (\S+)$/.exec(stdout.trimEnd().split("\n").at(-1)!)![1]!;
}

async function read(server: TestServer, path: string): Promise<Json> {
  const { status, body } = await server.call("GET", path);
  expect({ path, status }).toEqual({ path, status: 200 });
  return body;
}

const PROMPTS = [
  { prompt_name: "/plan", prompt_text: "Plan issue 42", agent: "lead" },
  { prompt_name: "/build", prompt_text: "Build what the plan says", agent: "builder" },
  { prompt_name: "/review", prompt_text: "Review what was built", agent: "lead" },
];

async function expectWorkflow(server: TestServer, session: string): Promise<void> {
  const [definition] = await read(server, "/api/agents?q=example-workflow");
  expect(definition).toMatchObject({
    name: "example-workflow",
    agent_type: "orchestrator",
    description: "Plans, builds and reviews one issue",
    capabilities: "planning,building,reviewing",
  });

  const whole = await read(server, `/api/runtime/sessions/${session}`);
  expect(whole).toMatchObject({
    agents: { total: 2, by_status: { completed: 2 }, quiet: 0, lost: 0 },
    prompts: 3,
    tokens_input: 3600,
    tokens_output: 240,
    cost_usd: 0.0375,
  });
  const started = { orchestrator_agent_id: definition.id, status: "completed", error_message: null };
  expect(whole.tree).toMatchObject([
    {
      ...started,
      name: "lead",
      parent_agent_id: null,
      context: { issue: 42 },
      cost_usd: 0.025,
      children: [{ ...started, name: "builder", parent_agent_id: whole.tree[0].id, cost_usd: 0.0125, children: [] }],
    },
  ]);
  const ids: Record<string, string> = { lead: whole.tree[0].id, builder: whole.tree[0].children[0].id };

  const prompts = await read(server, `/api/runtime/prompts?session_id=${session}`);
  expect(prompts.toReversed()).toMatchObject(
    PROMPTS.map(({ agent, ...prompt }) => ({
      ...prompt,
      agent_id: ids[agent],
      prompt_type: "command",
      status: "completed",
      response_text: `Done: ${prompt.prompt_text}`,
      model_used: "example-model",
      tokens_input: 1200,
      tokens_output: 80,
      cost_usd: 0.0125,
      latency_ms: 850,
    })),
  );

  const logs: Json[] = (await read(server, `/api/runtime/logs?session_id=${session}`)).toReversed();
  const told = logs.map(({ agent_id, log_type, message }) => {
    return `${agent_id === ids["lead"] ? "lead" : "builder"} ${log_type}: ${message}`;
  });
  expect(told).toEqual([
    "lead state_change: initializing -> planning",
    "lead milestone: Plan written",
    "lead state_change: planning -> executing",
    "builder state_change: initializing -> executing",
    "builder tool_call: edit",
    "builder performance: Built in 850 ms",
    "builder state_change: executing -> completed",
    "lead state_change: executing -> reviewing",
    "lead milestone: Reviewed, nothing to mend",
    "lead state_change: reviewing -> completed",
  ]);
  expect(logs[1].details).toEqual({ plan: "Done: Plan issue 42" });
  expect(logs[4].details).toEqual({ files: 2 });
}

/** Passes requests on to the server, and answers those that `refuse` has an answer for itself. */
function gate(server: TestServer, refuse: (request: Request) => Response | null) {
  const seen: Headers[] = [];
  const listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      seen.push(request.headers);
      const { pathname, search } = new URL(request.url);
      return refuse(request) ?? fetch(server.url + pathname + search, request);
    },
  });
  return {
    seen,
    url: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener.stop(true),
  };
}

function expectOneLine(stderr: string): void {
  expect(stderr).toMatch(/^[^\n]+\n$/);
}

describe.each(EXAMPLES.map((example) => ({ ...example, language: example.choice.language })))(
  "the example in $language, $file",
  ({ choice, file, after, failing, errorMessage }) => {
    test("plays its workflow, as often as one likes", async () => {
      await using server = await testServer();
      using folder = testFolder();
      writeProject(folder, project(choice));
      const sessions: string[] = [];
      while (sessions.length < 2) {
        const ran = await runExample(folder, { ORCHESTRATOR_URL: server.url });
        expect(ran).toMatchObject({ code: 0, stderr: "" });
        sessions.push(sessionIn(ran));
        expect(ran.stdout).toContain(`${server.url}/api/runtime/sessions/${sessions.at(-1)}\n`);
      }
      for (const session of sessions) await expectWorkflow(server, session);
      expect(new Set(sessions).size).toBe(2);
      expect(await read(server, "/api/runtime/sessions")).toHaveLength(2);
      expect(await read(server, "/api/agents")).toHaveLength(1);
    });

    test("says in one line that nothing listens there", async () => {
      using folder = testFolder();
      writeProject(folder, project(choice));
      const { code, stdout, stderr } = await runExample(folder, { ORCHESTRATOR_URL: `${NOWHERE}/` });
      expectOneLine(stderr);
      expect(stderr).toContain(`Cannot reach the orchestrator at ${NOWHERE}`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    });

    test("says in one line that something else listens there", async () => {
      await using server = await testServer();
      await using other = gate(server, () => Response.json({ detail: "Not Found" }, { status: 404 }));
      using folder = testFolder();
      writeProject(folder, project(choice));
      const { code, stdout, stderr } = await runExample(folder, { ORCHESTRATOR_URL: other.url });
      expectOneLine(stderr);
      expect(stderr).toContain("404");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    });

    test("lets its agents and its prompt fail when its work does", async () => {
      await using server = await testServer();
      using folder = testFolder();
      writeProject(folder, project(choice));
      const path = folder.file(join("orchestrator_client", file));
      const text = readFileSync(path, "utf8");
      expect(text.split(after)).toHaveLength(2);
      writeFileSync(
        path,
        text.replace(after, () => after + failing),
      );

      const { code, stdout } = await runExample(folder, { ORCHESTRATOR_URL: server.url });
      expect(code).not.toBe(0);
      expect(stdout).not.toContain("session:");
      const agents: Json[] = await read(server, "/api/runtime/agents");
      expect(agents.map(({ name, status }) => `${name} ${status}`)).toEqual(["builder failed", "lead failed"]);
      const prompts: Json[] = await read(server, "/api/runtime/prompts");
      expect(prompts.map((each) => `${each.prompt_name} ${each.status}`)).toEqual(["/build failed", "/plan completed"]);
      for (const { error_message } of [...agents, prompts[0]]) expect(error_message).toMatch(errorMessage);
    });

    test("tells what the server refuses, and lets its agents fail; sends its token and JSON", async () => {
      await using server = await testServer();
      const problem = { type: "/problems/disk_full", status: 507, code: "disk_full", detail: "The disk is full." };
      await using refusing = gate(server, ({ method, url }) =>
        method === "PATCH" && url.includes("/prompts/") ? Response.json(problem, { status: 507 }) : null,
      );
      using folder = testFolder();
      writeProject(folder, project(choice));
      const env = { ORCHESTRATOR_URL: refusing.url, ORCHESTRATOR_TOKEN: "s3cret" };
      const { code, stdout, stderr } = await runExample(folder, env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expectOneLine(stderr);
      expect(stderr).toContain("The disk is full.");
      expect(stderr).toContain("507");
      const agents: Json[] = await read(server, "/api/runtime/agents");
      expect(agents).toMatchObject([{ name: "lead", status: "failed" }]);
      expect(agents[0].error_message).not.toBeEmpty();
      expect(refusing.seen).not.toBeEmpty();
      for (const headers of refusing.seen) {
        expect(headers.get("Authorization")).toBe("Bearer s3cret");
        expect(headers.get("Content-Type")).toBe("application/json");
      }
    });
  },
);

/** Scripts that call all that takes an id, with the one they are given. */
const CALLS: Readonly<Record<string, { readonly command: string; readonly text: string }>> = {
  python: {
    command: "python3 try.py",
    text: `import os
from orchestrator_client.orchestrator_client import OrchestratorClient
row, client = os.environ["ROW"], OrchestratorClient()
client.define_agent("a", "custom")
client.set_status(row, "idle")
client.finish_agent(row)
client.fail_agent(row, "why")
client.finish_prompt(row, "answer")
client.fail_prompt(row, "why")
`,
  },
  typescript: { command: "bun try.ts", text: callsIn("orchestrator-client.ts") },
  javascript: { command: "bun try.mjs", text: callsIn("orchestrator-client.mjs") },
  go: {
    command: "bash try.sh",
    text: `set -euo pipefail
. orchestrator_client/orchestrator-client.sh
define_agent a custom >/dev/null
set_status "$ROW" idle
set_status "$ROW" completed
set_status "$ROW" failed error_message=why
finish_prompt "$ROW" response_text=answer
fail_prompt "$ROW" why
`,
  },
};

function callsIn(file: string): string {
  return `import { OrchestratorClient } from "./orchestrator_client/${file}";
const row = process.env["ROW"], client = new OrchestratorClient();
await client.defineAgent({ name: "a", agent_type: "custom" });
await client.setStatus(row, "idle");
await client.finishAgent(row);
await client.failAgent(row, "why");
await client.finishPrompt(row, { response_text: "answer" });
await client.failPrompt(row, "why");
`;
}

test.each(Object.entries(CALLS))("the client in %s takes any id", async (language, { command, text }) => {
  await using server = await testServer();
  const id = "a/b?c#d% +&;=:@\u007f ü😀.~-_Zz09";
  const paths: string[] = [];
  await using recording = gate(server, ({ method, url }) => {
    if (method === "POST") return Response.json({ code: "conflict", detail: "Taken", id }, { status: 409 });
    paths.push(url.slice(new URL(url).origin.length));
    return Response.json({ id });
  });
  using folder = testFolder();
  writeProject(folder, project({ language }));
  writeFileSync(folder.file(command.split(" ")[1]!), text);
  const ran = await run(folder, command.split(" "), { ORCHESTRATOR_URL: recording.url, ROW: id });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  const row = encodeURIComponent(id);
  const [agent, prompt] = [`/api/runtime/agents/${row}`, `/api/runtime/prompts/${row}`];
  expect(paths.filter((path) => path !== `/api/agents/${row}`)).toEqual([agent, agent, agent, prompt, prompt]);
});

test("the shell client writes any text as JSON, and finds a definition whatever its name", async () => {
  await using server = await testServer();
  using folder = testFolder();
  writeProject(folder, project({ language: "rust" }));
  const controls = String.fromCharCode(...Array.from({ length: 31 }, (_, at) => at + 1), 127);
  const message = `"quoted" \\ \\n & $HOME \`x\` 'y' %s a=b:=c ü 🙂 ${controls}~ \n`;
  const name = 'a "b" \\ & c,id:"id":"x"';
  writeFileSync(
    folder.file("try.sh"),
    `set -euo pipefail
. orchestrator_client/orchestrator-client.sh
first=$(define_agent "$NAME" custom 'metadata:={"id":"inner"}')
again=$(define_agent "$NAME" custom)
[ "$first" = "$again" ]
agent=$(start_agent "$first" s1 "name=$NAME" 'context:={"id":"inner"}')
write_log "$agent" milestone "$MESSAGE" "details:=$(json_object "$MESSAGE=$MESSAGE" "n:=1")"
echo "$agent"
`,
  );
  const env = { ORCHESTRATOR_URL: server.url, NAME: name, MESSAGE: message };
  const { code, stdout, stderr } = await run(folder, ["bash", "try.sh"], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await read(server, "/api/agents")).toMatchObject([{ name }]);
  expect(await read(server, "/api/runtime/agents")).toMatchObject([{ id: stdout.trim(), name }]);
  // What stands before the first "=" is the field.
  const [key, ...rest] = message.split("=");
  expect(await read(server, "/api/runtime/logs")).toMatchObject([
    { message, details: { [key!]: `${rest.join("=")}=${message}`, n: 1 } },
  ]);
});

/** As strict as it gets, so that a client fits into any project. */
const STRICT = {
  target: "ESNext",
  module: "Preserve",
  moduleResolution: "Bundler",
  lib: ["ESNext"],
  typeRoots: [join(import.meta.dir, "../../node_modules")],
  types: ["bun-types"],
  strict: true,
  noEmit: true,
  allowJs: true,
  checkJs: true,
  allowImportingTsExtensions: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  skipLibCheck: true,
};

test.each(["typescript", "javascript"])("the client and the example in %s have no type errors", async (language) => {
  using folder = testFolder();
  writeProject(folder, project({ language }));
  const tsconfig = { compilerOptions: STRICT, include: ["orchestrator_client"] };
  writeFileSync(folder.file("tsconfig.json"), JSON.stringify(tsconfig));
  const { code, stdout, stderr } = await run(folder, ["bun", "check"], {});
  expect({ code, output: stdout + stderr }).toMatchObject({ code: 0, output: expect.stringContaining("2 files") });
});
