import { join } from "node:path";
import { type Agent, type ConnectRequest, hooksPath, type SettingsFile } from "./agent.ts";
import { connectedAddress, connectHooks, type Hooks, removeHooks } from "./hooks.ts";
import { homeOf } from "./homes.ts";
import { append, type JsonText, nodeAt, removeAt } from "./json-edit.ts";
import { leftOver, openSettings } from "./json-settings.ts";
import { postCommand } from "./post-command.ts";

const SOURCE = "gemini";
const EVENTS = ["SessionStart", "SessionEnd", "BeforeAgent", "AfterAgent", "AfterTool", "Notification"];

/** Gemini CLI: hooks and telemetry, in one file that may hold comments. */
export const gemini: Agent = {
  title: "Gemini CLI",
  files: (request) => [settingsFile(request)],
  notes: ({ scope, isHttpWanted, storedToken }) => [
    // Its exporter tries again for 10 s, and takes no setting against that.
    "while no server runs, Gemini CLI ends some 10 s later and says why: its telemetry waits; hooks do not",
    ...(scope === "project" ? ["Gemini CLI runs hooks of a project only in a folder that is trusted"] : []),
    ...(isHttpWanted ? ["--http is for Claude Code: Gemini CLI has commands only"] : []),
    ...(storedToken === null
      ? []
      : [
          "Gemini CLI's settings hold no token: set OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20<token> where it starts",
        ]),
  ],
};

function settingsFile(request: ConnectRequest): SettingsFile {
  const { scope, project, environment, url, isContentWanted } = request;
  const handler = {
    name: "orchestrator",
    type: "command",
    command: postCommand(url + hooksPath(SOURCE), 1),
    timeout: 2000,
  };
  const hooks: Hooks = Object.fromEntries(EVENTS.map((event) => [event, { hooks: [handler] }]));
  const telemetry = {
    enabled: true,
    target: "local",
    otlpEndpoint: url,
    otlpProtocol: "http",
    // It is on where this does not stand.
    logPrompts: isContentWanted,
  };
  const shown = Object.fromEntries(Object.entries(hooks).map(([event, group]) => [event, [group]]));
  const folder = scope === "project" ? project : environment["GEMINI_CLI_HOME"] || homeOf(environment);
  return {
    path: join(folder, ".gemini/settings.json"),
    mode: scope === "user" ? 0o600 : 0o644,
    fragment: JSON.stringify({ hooks: shown, telemetry }, null, 2),
    connect(text) {
      const document = openSettings(text, true);
      const standing = nodeAt(document.root, ["telemetry"])?.value;
      const hooked = connectHooks(document, hooks, SOURCE);
      if (Bun.deepEquals(standing, telemetry, true)) return { text: hooked.text, notes: [] };
      if (standing !== undefined && !isOurs(document, telemetry)) return { text: hooked.text, notes: [ELSEWHERE] };
      const bare = standing === undefined ? hooked : removeAt(hooked, ["telemetry"]);
      return { text: append(bare, [], "telemetry", telemetry).text, notes: [] };
    },
    disconnect(text, copies) {
      const document = openSettings(text, true);
      const bare = isOurs(document, telemetry) ? removeAt(document, ["telemetry"]) : document;
      return leftOver(removeHooks(bare, SOURCE), copies);
    },
  };
}

const ELSEWHERE =
  "telemetry is left as it is, because the settings have some already: tokens and cost of sessions will be missing";

/** Whether telemetry is as connecting writes it, to the address that our hooks post to or to the present one. */
function isOurs(document: JsonText, telemetry: Readonly<Record<string, unknown>>): boolean {
  const standing = nodeAt(document.root, ["telemetry"])?.value;
  const addresses = [connectedAddress(document, SOURCE), telemetry["otlpEndpoint"]];
  return addresses.some((otlpEndpoint) =>
    [true, false].some((logPrompts) => Bun.deepEquals(standing, { ...telemetry, otlpEndpoint, logPrompts }, true)),
  );
}
