import { type ConnectRequest, Unmergeable } from "./agent.ts";
import { append, type JsonText, nodeAt } from "./json-edit.ts";
import { removeWithEmpty } from "./hooks.ts";

/** Names the variables that connecting wrote, and the address: so that just these go again. */
const MARK = "ORCHESTRATOR_CONNECT";
const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";
const BEARER = "Authorization=Bearer ";

/** Variables by which somebody says that logs go elsewhere. */
const ELSEWHERE = [ENDPOINT, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL"];

/** The variables that let Claude Code send its log events to a server. */
export function telemetryOf({ url, storedToken, isContentWanted }: ConnectRequest): Record<string, string> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: "1",
    OTEL_LOGS_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    [ENDPOINT]: url,
    ...(storedToken === null ? {} : { [HEADERS]: BEARER + storedToken }),
    ...(isContentWanted ? { OTEL_LOG_USER_PROMPTS: "1", OTEL_LOG_TOOL_DETAILS: "1" } : {}),
  };
}

/** Puts the variables in, unless telemetry goes elsewhere: then `conflict` names what says so. */
export function connectTelemetry(
  document: JsonText,
  request: ConnectRequest,
): { readonly document: JsonText; readonly conflict: string | null } {
  const env = nodeAt(document.root, ["env"]);
  if (env !== undefined && env.members === undefined) throw new Unmergeable('its "env" is no object');
  const wanted = telemetryOf(request);
  const bare = removeTelemetry(document);
  const standing = (nodeAt(bare.root, ["env"])?.value ?? {}) as Readonly<Record<string, unknown>>;
  const conflict = conflictOf(wanted, standing, request.environment);
  if (conflict !== null) return { document: bare, conflict };
  const missing = Object.entries(wanted).filter(([name]) => !Object.hasOwn(standing, name));
  if (missing.length === 0) return { document: bare, conflict };
  const mark = [request.url, ...missing.map(([name]) => name)].join(" ");
  const added = Object.fromEntries([...missing, [MARK, mark]]);
  const isWhole = Bun.deepEquals({ ...standing, ...added }, nodeAt(document.root, ["env"])?.value, true);
  return { document: isWhole ? document : put(bare, added), conflict };
}

/** Takes out the variables that connecting wrote, where they still hold what it wrote. */
export function removeTelemetry(document: JsonText): JsonText {
  const env = nodeAt(document.root, ["env"])?.value as Readonly<Record<string, unknown>> | undefined;
  const mark = env?.[MARK];
  if (typeof mark !== "string") return document;
  const [address, ...names] = mark.split(" ");
  let changed = document;
  for (const name of [...names.filter((each) => isWritten(each, env?.[each], address!)), MARK]) {
    changed = removeWithEmpty(changed, ["env", name]);
  }
  return changed;
}

function isWritten(name: string, value: unknown, address: string): boolean {
  if (name === HEADERS) return typeof value === "string" && value.startsWith(BEARER);
  if (name === ENDPOINT) return value === address;
  return (
    value === (name === "OTEL_LOGS_EXPORTER" ? "otlp" : name === "OTEL_EXPORTER_OTLP_PROTOCOL" ? "http/json" : "1")
  );
}

function put(document: JsonText, added: Readonly<Record<string, string>>): JsonText {
  if (nodeAt(document.root, ["env"]) === undefined) return append(document, [], "env", added);
  return Object.entries(added).reduce((changed, [name, value]) => append(changed, ["env"], name, value), document);
}

/** The variable that says that telemetry goes elsewhere, or nowhere; null when none does. */
function conflictOf(
  wanted: Readonly<Record<string, string>>,
  standing: Readonly<Record<string, unknown>>,
  environment: ConnectRequest["environment"],
): string | null {
  const says = (values: Readonly<Record<string, unknown>>) => (name: string) =>
    Object.hasOwn(values, name) && values[name] !== undefined && values[name] !== "" && values[name] !== wanted[name];
  const inFile = [...Object.keys(wanted), ...ELSEWHERE].find(says(standing));
  if (inFile !== undefined) return inFile;
  // Within a session that is connected already they are our own.
  return environment[MARK] ? null : (ELSEWHERE.find(says(environment)) ?? null);
}
