import { join } from "node:path";
import { OPENCODE_PLUGIN } from "#src/assets.ts";
import { type Agent, type ConnectRequest, hooksPath, type SettingsFile, Unmergeable } from "./agent.ts";
import { homeOf } from "./homes.ts";

/** How the plugin begins: what does not is not ours. */
const MARK = /^\/\/ Written by `orchestrator connect opencode`/;
const ADDRESS = "http://127.0.0.1:8000/ingest/hooks/opencode";

/** opencode: a plugin file. */
export const opencode: Agent = {
  title: "opencode",
  files: (request) => [pluginFile(request)],
  notes: ({ isHttpWanted, isContentWanted, storedToken }) => [
    ...(isHttpWanted ? ["--http is for Claude Code: opencode has a plugin"] : []),
    ...(isContentWanted ? ["--content is about telemetry: the plugin sends prompts and answers anyway"] : []),
    ...(storedToken === null ? [] : ["the plugin reads ORCHESTRATOR_TOKEN when it runs: nothing was stored"]),
  ],
};

function pluginFile({ url, scope, project, environment }: ConnectRequest): SettingsFile {
  const folder =
    scope === "project"
      ? join(project, ".opencode")
      : join(environment["XDG_CONFIG_HOME"] || join(homeOf(environment), ".config"), "opencode");
  const plugin = pluginFor(JSON.stringify(url + hooksPath("opencode")));
  return {
    path: join(folder, "plugins/orchestrator.js"),
    mode: 0o644,
    fragment: plugin.trimEnd(),
    connect(text) {
      if (text !== null && text.trim() !== "" && !MARK.test(text)) throw new Unmergeable("it is another plugin");
      return { text: plugin, notes: [] };
    },
    disconnect: (text) => (MARK.test(text) ? null : text),
    isEdited(text) {
      const [, address] = /^const SERVER = (".*");$/m.exec(text) ?? [];
      return address === undefined || pluginFor(address) !== text;
    },
  };
}

/** @param address as a string of JavaScript */
const pluginFor = (address: string) => OPENCODE_PLUGIN.replace(JSON.stringify(ADDRESS), () => address);
