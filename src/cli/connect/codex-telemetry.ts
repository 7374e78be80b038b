import { type ConnectRequest, type Edited, Unmergeable } from "./agent.ts";

const MARK = "# orchestrator: written by `orchestrator connect codex`, which takes it out again with --undo";
const MARKED = /^# orchestrator: written by [^\n]*\n\[otel\][ \t]*\r?\n/m;
/** A line of the table that connecting wrote, whatever the address was. */
const OURS =
  /^(exporter = \{ otlp-http = \{ endpoint = "[^"\n]*\/v1\/logs", |trace_exporter = "none"$|log_user_prompt = true$)/;

/** The table by which Codex sends its log events to a server. */
export function otelTable(request: ConnectRequest): string {
  return [MARK, "[otel]", ...linesOf(request)].join("\n");
}

function linesOf({ url, storedToken, isContentWanted }: ConnectRequest): string[] {
  const headers = storedToken === null ? "" : `, headers = { Authorization = "Bearer ${storedToken}" }`;
  return [
    `exporter = { otlp-http = { endpoint = "${url}/v1/logs", protocol = "json"${headers} } }`,
    // Older versions send spans to the address of the logs where this does not stand.
    'trace_exporter = "none"',
    ...(isContentWanted ? ["log_user_prompt = true"] : []),
  ];
}

/** Puts the table in, at the end; one that somebody else wrote is left, and a note says what to add to it. */
export function connectOtel(text: string | null, request: ConnectRequest): Edited {
  const before = text ?? "";
  const standing = parseToml(before)["otel"];
  const eol = before.includes("\r\n") ? "\r\n" : "\n";
  const block = otelTable(request).replaceAll("\n", eol);
  const parts = partsOf(before);
  if (parts !== null) {
    const { head, ours, others, tail } = parts;
    if (Bun.deepEquals(ours, linesOf(request))) return { text: before, notes: [] };
    return checked(before, [head, block + eol, ...others, tail].join(""));
  }
  if (standing !== undefined) {
    const { endpoint } =
      (standing as { exporter?: { "otlp-http"?: { endpoint?: unknown } } }).exporter?.["otlp-http"] ?? {};
    if (endpoint === `${request.url}/v1/logs`) return { text: before, notes: [] };
    const line = linesOf({ ...request, storedToken: null })[0];
    const note = `telemetry is left as it is, because config.toml has a table [otel]: for tokens and cost, add ${line}`;
    return { text: before, notes: [note] };
  }
  // A blank line where the text ends with a line, else just its end: so it can be told which it was.
  const gap = before === "" ? "" : eol;
  return checked(before, before + gap + block + eol);
}

/** Takes the table out; lines that were added to it stay. */
export function disconnectOtel(text: string): string {
  parseToml(text);
  const parts = partsOf(text);
  if (parts === null) return text;
  const { head, header, others, tail } = parts;
  const hasOthers = others.some((line) => !/^\s*(#.*)?$/.test(line));
  if (hasOthers) return checked(text, [head, header, ...others, tail].join("")).text;
  const rest = others.join("") + tail;
  // The line end before it was put there with it.
  const bare = rest === "" || /\n\r?\n$/.test(head) ? head.replace(/\r?\n$/, "") : head;
  return checked(text, bare + rest).text;
}

type Parts = {
  readonly head: string;
  readonly header: string;
  /** Without line ends. */
  readonly ours: readonly string[];
  /** Lines of the table that are not ours, each with its line end. */
  readonly others: readonly string[];
  readonly tail: string;
};

/** A text around our table; null when it has none. */
function partsOf(text: string): Parts | null {
  const found = MARKED.exec(text);
  if (found === null) return null;
  const from = found.index + found[0].length;
  const body = text.slice(from).split(/(?<=\n)/);
  const next = body.findIndex((line) => /^\s*\[/.test(line));
  const lines = next < 0 ? body : body.slice(0, next);
  const isOurs = (line: string) => OURS.test(line.trimEnd());
  return {
    head: text.slice(0, found.index),
    header: found[0].slice(found[0].indexOf("\n") + 1),
    ours: lines.filter(isOurs).map((line) => line.trimEnd()),
    others: lines.filter((line) => !isOurs(line)),
    tail: next < 0 ? "" : body.slice(next).join(""),
  };
}

/** The text after a change, once it is sure that nothing but the table differs. */
function checked(before: string, after: string): Edited {
  const { otel: _was, ...was } = parseToml(before);
  const { otel: _is, ...is } = parseToml(after);
  if (!Bun.deepEquals(was, is)) throw new Unmergeable("its table [otel] cannot be changed by itself");
  return { text: after, notes: [] };
}

function parseToml(text: string): Record<string, unknown> {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Unmergeable(`it is no TOML (${(error as Error).message})`);
  }
}
