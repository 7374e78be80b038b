import { join } from "node:path";
import { type Agent, type ConnectRequest, hooksPath, type SettingsFile } from "./agent.ts";
import { connectOtel, disconnectOtel, otelTable } from "./codex-telemetry.ts";
import { connectHooks, type Hooks, removeHooks } from "./hooks.ts";
import { homeOf } from "./homes.ts";
import { leftOver, openSettings } from "./json-settings.ts";
import { postCommand } from "./post-command.ts";

const SOURCE = "codex";

/** Events that are read; versions that do not know one pass over it. */
const EVENTS = [
  "SessionStart",
  "SessionEnd",
  "UserPromptSubmit",
  "Stop",
  "Interrupt",
  "PreToolUse",
  "PostToolUse",
  "PermissionRequest",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "PostCompact",
];

/** Codex: hooks, and in the user's configuration its telemetry. */
export const codex: Agent = {
  title: "Codex",
  files: (request) => [hooksFile(request), ...(request.scope === "user" ? [configFile(request)] : [])],
  notes: ({ scope, isHttpWanted, isContentWanted }) => [
    "Codex asks before it runs new hooks: open it, look at them with /hooks, and trust them; until then it skips them",
    ...(scope === "project" ? ["Codex runs hooks of a project only in a folder that is trusted"] : []),
    ...(scope === "project"
      ? ["tokens come by telemetry, which Codex reads from the user's configuration: run it with --user too"]
      : []),
    ...(scope === "project" && isContentWanted ? ["--content is about telemetry: it needs --user"] : []),
    ...(isHttpWanted ? ["--http is for Claude Code: Codex has commands only"] : []),
  ],
};

function folderOf({ scope, project, environment }: ConnectRequest): string {
  if (scope === "project") return join(project, ".codex");
  return environment["CODEX_HOME"] || join(homeOf(environment), ".codex");
}

function hooksFile(request: ConnectRequest): SettingsFile {
  // Not async: older versions pass over such hooks. It ends within a second, and some 10 ms as a rule.
  const handler = { type: "command", command: postCommand(request.url + hooksPath(SOURCE), 1), timeout: 2 };
  const wanted: Hooks = Object.fromEntries(EVENTS.map((event) => [event, { hooks: [handler] }]));
  const shown = Object.fromEntries(Object.entries(wanted).map(([event, group]) => [event, [group]]));
  return {
    path: join(folderOf(request), "hooks.json"),
    mode: request.scope === "user" ? 0o600 : 0o644,
    fragment: JSON.stringify({ hooks: shown }, null, 2),
    connect: (text) => ({ text: connectHooks(openSettings(text), wanted, SOURCE).text, notes: [] }),
    disconnect: (text, copies) => leftOver(removeHooks(openSettings(text), SOURCE), copies),
  };
}

function configFile(request: ConnectRequest): SettingsFile {
  const masked = { ...request, storedToken: request.storedToken === null ? null : "<token>" };
  return {
    path: join(folderOf(request), "config.toml"),
    mode: 0o600,
    fragment: otelTable(masked),
    connect: (text) => connectOtel(text, request),
    disconnect(text, copies) {
      const rest = disconnectOtel(text);
      return rest === "" && !copies.includes("") ? null : rest;
    },
  };
}
