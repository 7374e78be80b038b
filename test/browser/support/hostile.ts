import type { Client } from "#src/client/client.ts";

/** Sets `window.ran`, in every way in which text could be taken for a page's own. */
export const SCRIPT =
  "<script>window.ran = 1</script><img src=x onerror=\"window.ran = 2\"><svg onload='window.ran = 3'>" +
  '<iframe srcdoc="<script>parent.ran = 4</script>"></iframe><a href="javascript:window.ran = 5">click</a>';
const ANSI = "\u001B[31mred\u001B[0m \u001B]52;c;ZXZpbA==\u0007 \u009B2J";
/** Overrides and isolates that would turn what follows them round, none of them closed. */
const TURNED = "\u202Egnp.exe \u2067isolate \u2066 \u200F\u200Bzero\u200Dwidth\uFEFF";
const MARKDOWN = `[click](javascript:window.ran=6) ![x](http://192.0.2.1/pixel.png) <b onclick="window.ran=7">b</b>

<style>body { display: none }</style>
<form action="http://192.0.2.1/"><input name=q></form>

\`\`\`html
${SCRIPT}
\`\`\`

\`\`\`"><img src=x onerror=window.ran=8>
unknown language
`;

export const HOSTILE_NAME = `<b>agent</b>${TURNED}`;
export const HOSTILE_SESSION = `<i>s</i>/../%2e%2e?a=1#b&"'`;
const MEGABYTE = 1_000_000;

/** Ids of what hostile text is in. */
export type Hostile = { readonly agent: string; readonly prompt: string; readonly huge: string };

/**
 * Stores text that would drive or deceive a page, wherever agents can put it: markup that sets `window.ran`, colours of
 * terminals, marks that turn text round, a line of a megabyte and an answer of ten thousand lines.
 */
export async function playHostile(client: Client): Promise<Hostile> {
  const definition = await client.createOrchestratorAgent({
    name: `definition ${SCRIPT}`.slice(0, 255),
    agent_type: "custom",
    description: SCRIPT + TURNED,
    default_model: SCRIPT.slice(0, 255),
    capabilities: "<u>one</u>,two",
    metadata: { html: SCRIPT },
  });
  const { id: agent } = await client.createRuntimeAgent({
    orchestrator_agent_id: definition.id,
    session_id: HOSTILE_SESSION,
    name: HOSTILE_NAME,
    status: "executing",
    context: { html: SCRIPT, ansi: ANSI },
  });
  const prompt = await client.createPrompt({
    agent_id: agent,
    prompt_type: "command",
    prompt_name: SCRIPT.slice(0, 255),
    prompt_text: SCRIPT + ANSI,
    response_text: SCRIPT + TURNED + MARKDOWN,
    status: "completed",
    model_used: "<img src=x onerror=window.ran=9>",
    tokens_input: Number.MAX_SAFE_INTEGER,
    tokens_output: 1,
    cost_usd: 123_456_789.123456,
  });
  const huge = await client.createPrompt({
    agent_id: agent,
    prompt_type: "command",
    prompt_text: "x".repeat(MEGABYTE),
    response_text: Array.from({ length: 10_000 }, (_, index) => `- line ${index + 1} ${TURNED}`).join("\n"),
    status: "failed",
    error_message: SCRIPT,
  });
  const logs = [SCRIPT, ANSI, TURNED, `one line of a megabyte ${"y".repeat(MEGABYTE)}`, "many lines\n".repeat(10_000)];
  await client.createAgentLogs(
    logs.map((message) => ({ agent_id: agent, log_type: "tool_call", message, details: { message: SCRIPT } })),
  );
  await client.createSystemLog({ component: SCRIPT.slice(0, 255), message: SCRIPT + ANSI + TURNED });
  await client.createWorkflow({
    adw_name: SCRIPT.slice(0, 255),
    workflow_type: "<b>sdlc</b>",
    current_step: SCRIPT.slice(0, 255),
    description: TURNED,
  });
  await client.updateRuntimeAgent(agent, { status: "failed", error_message: SCRIPT + ANSI });
  return { agent, prompt: prompt.id, huge: huge.id };
}
