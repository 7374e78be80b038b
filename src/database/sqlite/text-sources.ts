import { indexedText } from "#src/domain/words.ts";
import { asText, type Stored, UNREADABLE_MS } from "./rows.ts";

/** Of the rows of which table the text index holds which columns. */
export type TextSource = {
  /** As `changes` and `orchestrator_stale_texts` name it. */
  readonly name: "agent_log" | "system_log" | "prompt" | "orchestrator_agent";
  readonly table: string;
  /** Columns with text; those that hold JSON are read without its escapes. */
  readonly texts: readonly string[];
  readonly json: readonly string[];
  /** The number of the document of a row `t`. It does not fit a JavaScript number. */
  readonly document: string;
  /** Joins the row `t` of a document `d.document`, and nothing when it is gone; `$wraps` is the highest id of all by 2^22. */
  readonly rowOfDocument: string;
  /** What orders rows of the same time as their documents. */
  readonly tie: string;
};

/** 2020-01-01, from which documents count milliseconds: 69 years to both sides. */
export const EPOCH_MS = 1_577_836_800_000;
export const FIRST_MS = -2_199_023_255_552;
export const LAST_MS = 2_199_023_255_551;
export const LAST_NUMBER = 4_194_303;

const LOG_DOCUMENT = `((min(max(t.created_ms - ${EPOCH_MS}, ${FIRST_MS}), ${LAST_MS}) << 22) | (t.id & ${LAST_NUMBER}))`;

/**
 * The number of the document of a new row, as the triggers give it to rows of others: of two in one millisecond, the later
 * change has the greater.
 */
export const NEW_DOCUMENT = {
  column: "doc",
  sql: `(min(max($created_ms - ${EPOCH_MS}, ${FIRST_MS}), ${LAST_MS}) << 22)
    | ((select ifnull(max(seq), 0) + 1 from sqlite_sequence where name = 'changes') & ${LAST_NUMBER})`,
};

/** Of ids above 2^22 so many multiples of it are tried, which is quicker than to look through one millisecond. */
const WRAPS = 8;
const DOC_MS = "(d.document >> 22)";

/** The id of a log is in its document but for what lies above 2^22: those ids are tried, then the rows of its time. */
function logs(name: TextSource["name"], table: string): TextSource {
  const n = `(d.document & ${LAST_NUMBER})`;
  const document = (row: string) => LOG_DOCUMENT.replaceAll("t.", `${row}.`);
  return {
    name,
    table,
    texts: ["message", "details"],
    json: ["details"],
    document: LOG_DOCUMENT,
    rowOfDocument: `left join ${table} t on t.id = coalesce(
      (select w.id from json_each($wraps) k cross join ${table} w on w.id = k.value + ${n} where ${document("w")} = d.document limit 1),
      (select s.id from ${table} s indexed by ${table}_by_time
       where s.created_ms between iif(${DOC_MS} = ${FIRST_MS}, ${UNREADABLE_MS}, ${DOC_MS} + ${EPOCH_MS})
         and iif(${DOC_MS} = ${LAST_MS}, ${Number.MAX_SAFE_INTEGER}, ${DOC_MS} + ${EPOCH_MS})
         and (s.id & ${LAST_NUMBER}) = ${n} limit 1))`,
    tie: "id",
  };
}

function numbered(name: TextSource["name"], table: string, texts: readonly string[]): TextSource {
  return {
    name,
    table,
    texts,
    json: [],
    document: "t.doc",
    rowOfDocument: `left join ${table} t on t.doc = d.document`,
    tie: "doc",
  };
}

export const TEXT_SOURCES = {
  agentLogs: logs("agent_log", "agent_logs"),
  systemLogs: logs("system_log", "system_logs"),
  prompts: numbered("prompt", "prompts", ["prompt_text", "response_text", "prompt_name"]),
  orchestratorAgents: numbered("orchestrator_agent", "orchestrator_agents", ["name", "description", "capabilities"]),
} satisfies Record<string, TextSource>;

/** A document's number in two parts that JavaScript can hold, as it is written and read in SQL. */
export type DocumentKey = { readonly ms: number; readonly n: number };

export function documentParts(document: string): string {
  return `${document} >> 22 as doc_ms, ${document} & ${LAST_NUMBER} as doc_n`;
}

export function documentOf(ms: string, n: string): string {
  return `(($${ms} << 22) | $${n})`;
}

/**
 * The rowid of a document in the index: the complement of its number, so that the newest is the smallest. FTS5 skips what
 * it is not asked for only on its way from smaller to greater rowids; the other way it steps over every one of them.
 */
export function rowidOf(ms: string, n: string): string {
  return `~${documentOf(ms, n)}`;
}

export function keyOf(row: Stored): DocumentKey {
  return { ms: row["doc_ms"] as number, n: row["doc_n"] as number };
}

/** What `$wraps` of `rowOfDocument` must be where ids go up to this one. */
export function wrapsUpTo(id: number): string {
  const most = Math.max(0, Math.min(WRAPS - 1, Math.floor(id / (LAST_NUMBER + 1))));
  return JSON.stringify(Array.from({ length: most + 1 }, (_, wrap) => wrap * (LAST_NUMBER + 1)));
}

/**
 * Characters of a row that are searched. Putting more of one row into the index would hold up everything else. What is
 * too long gives way: its beginning and its end stay.
 */
const SEARCHED = 96 * 1024;
const END = 16 * 1024;

/** The texts of a row that are searched: what the index holds, and what is compared and highlighted. */
export function searchedTexts(source: TextSource, row: Stored): string[] {
  const texts = source.texts.flatMap((column) => {
    const text = asText(row[column]);
    return text === null || text === "" ? [] : [source.json.includes(column) ? withoutEscapes(text) : text];
  });
  let left = SEARCHED;
  const shortestFirst = texts.map((_, index) => index).toSorted((a, b) => texts[a]!.length - texts[b]!.length);
  for (const [done, index] of shortestFirst.entries()) {
    const share = Math.floor(left / (texts.length - done));
    texts[index] = cut(texts[index]!, share);
    left -= texts[index].length;
  }
  return texts;
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.min(END, length >> 1);
  return `${text.slice(0, length - end)} … ${text.slice(-end)}`;
}

/** A word that no query holds: a phrase does not reach from one text of a row into the next. */
const BETWEEN = " \u{E000} ";

/** What is put into the index for a row. */
export function documentText(source: TextSource, row: Stored): string {
  return searchedTexts(source, row).map(indexedText).join(BETWEEN);
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.))/gs;
const CONTROL: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/** JSON as people read it: other programs write every letter beyond ASCII as an escape. */
function withoutEscapes(json: string): string {
  if (!json.includes("\\")) return json;
  try {
    JSON.parse(json);
  } catch {
    return json;
  }
  return json.replace(ESCAPE, (_, code: string | undefined, character: string) =>
    code === undefined ? (CONTROL[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
