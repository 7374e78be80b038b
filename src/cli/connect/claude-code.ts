import { join } from "node:path";
import { type Agent, type ConnectRequest, hooksPath, type SettingsFile } from "./agent.ts";
import { connectTelemetry, removeTelemetry, telemetryOf } from "./claude-telemetry.ts";
import { connectHooks, type HookGroup, type Hooks, removeHooks } from "./hooks.ts";
import { homeOf } from "./homes.ts";
import { leftOver, openSettings } from "./json-settings.ts";
import { postCommand } from "./post-command.ts";

const SOURCE = "claude-code";

/**
 * Events whose order with the next one tells the status. Claude Code waits for these hooks: some 10 ms, also when nothing
 * listens, because a closed port of this machine refuses at once; and at most a second.
 */
const IN_ORDER = [
  "SessionStart",
  "SessionEnd",
  "UserPromptSubmit",
  "Stop",
  "StopFailure",
  "PreToolUse",
  "PermissionRequest",
  "SubagentStart",
  "SubagentStop",
];
/** Events behind which comes a model's answer or a person: these run beside the agent, and nothing waits. */
const ASIDE = [
  "PostToolUse",
  "PostToolUseFailure",
  "PermissionDenied",
  "Notification",
  "TaskCreated",
  "TaskCompleted",
  "PreCompact",
  "PostCompact",
  "PostModelSwitch",
];

/** Claude Code: hooks, and in the user's settings its telemetry. */
export const claudeCode: Agent = {
  title: "Claude Code",
  files: (request) => [settingsFile(request)],
  notes: ({ scope, isContentWanted }) =>
    scope === "project"
      ? [
          "tokens and cost come by telemetry, which Claude Code reads from the user's settings: run it with --user too",
          ...(isContentWanted ? ["--content is about telemetry: it needs --user"] : []),
        ]
      : [],
};

function settingsFile(request: ConnectRequest): SettingsFile {
  const { scope, project, environment } = request;
  const isUser = scope === "user";
  const wanted = hooksOf(request);
  const masked = { ...request, storedToken: request.storedToken === null ? null : "<token>" };
  return {
    // The local file of a project is not committed: colleagues need not have an Orchestrator.
    path: isUser
      ? join(environment["CLAUDE_CONFIG_DIR"] || join(homeOf(environment), ".claude"), "settings.json")
      : join(project, ".claude/settings.local.json"),
    mode: 0o600,
    fragment: JSON.stringify({ hooks: wanted, ...(isUser ? { env: telemetryOf(masked) } : {}) }, null, 2),
    connect(text) {
      const hooked = connectHooks(openSettings(text), listed(wanted), SOURCE);
      if (!isUser) return { text: hooked.text, notes: [] };
      const { document, conflict } = connectTelemetry(hooked, request);
      const notes = conflict === null ? [] : [elsewhere(conflict)];
      return { text: document.text, notes };
    },
    disconnect(text, copies) {
      return leftOver(removeTelemetry(removeHooks(openSettings(text), SOURCE)), copies);
    },
  };
}

const elsewhere = (name: string) =>
  `telemetry is left as it is, because ${name} is set to something else: tokens and cost of sessions will be missing`;

function hooksOf({ url, isHttpWanted, usesToken }: ConnectRequest): Record<string, [HookGroup]> {
  const address = url + hooksPath(SOURCE);
  const http = {
    type: "http",
    url: address,
    timeout: 3,
    ...(usesToken
      ? { headers: { Authorization: "Bearer $ORCHESTRATOR_TOKEN" }, allowedEnvVars: ["ORCHESTRATOR_TOKEN"] }
      : {}),
  };
  const inOrder = { type: "command", command: postCommand(address, 1), timeout: 2 };
  const aside = { type: "command", command: postCommand(address, 3), timeout: 5, async: true };
  const handlerOf = (event: string) => {
    // Claude Code passes over HTTP hooks of the start of a session.
    if (isHttpWanted && event !== "SessionStart") return http;
    return ASIDE.includes(event) ? aside : inOrder;
  };
  return Object.fromEntries([...IN_ORDER, ...ASIDE].map((event) => [event, [{ hooks: [handlerOf(event)] }]]));
}

const listed = (hooks: Readonly<Record<string, [HookGroup]>>): Hooks =>
  Object.fromEntries(Object.entries(hooks).map(([event, [group]]) => [event, group]));
