import { type Change, type Client, listAll } from "#src/client/client.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { Source } from "#src/ui/store/source.ts";
import { sessionFilter } from "./session-filter.ts";

/** Rows carry whole texts. */
const PAGE = 20;
/** Read at once of those that are shown. */
const MOST = 100;

/** A prompt; `isOutdated` while its texts may be older than the rest, for changes come without them. */
export type PromptRow = Prompt & { readonly isOutdated: boolean };

export type Prompts = {
  /** The newest first. */
  readonly rows: readonly PromptRow[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
};

export type PromptsFilter = { readonly sessionId: string; readonly agentId: string | null };

export function promptsSource(filter: PromptsFilter): Source<Prompts> {
  const { sessionId, agentId } = filter;
  const concerns = (change: Change) =>
    change.session_id === sessionId && (agentId === null || change.agent_id === agentId);
  return {
    key: `prompts ${JSON.stringify(filter)}`,
    async load(client, options, known) {
      const most = Math.min(MOST, Math.max(PAGE, known?.rows.length ?? 0));
      const query = await queryOf(client, filter);
      const { rows, cursor, seq } = await listAll(client.listPrompts, query, most, options);
      return { seq, value: { rows: rows.map(current), cursor } };
    },
    merge: withKnown,
    reduce: (value, changes) => reducePrompts(value, changes.filter(concerns)),
  };
}

export async function readMorePrompts(client: Client, filter: PromptsFilter, { cursor }: Prompts): Promise<Prompts> {
  const page = await client.listPrompts({ ...(await queryOf(client, filter)), limit: PAGE, cursor });
  return { rows: page.rows.map(current), cursor: page.cursor };
}

/** An agent is of one session. */
async function queryOf(client: Client, { sessionId, agentId }: PromptsFilter) {
  return agentId === null ? sessionFilter(client, sessionId) : { agent_id: agentId };
}

function current(row: Prompt): PromptRow {
  return { ...row, isOutdated: false };
}

/** Rows behind others, each prompt once. */
export function withMorePrompts(prompts: Prompts, more: Prompts): Prompts {
  const known = new Set(prompts.rows.map(({ id }) => id));
  return { rows: [...prompts.rows, ...more.rows.filter(({ id }) => !known.has(id))], cursor: more.cursor };
}

/** Rows anew, and those behind them, as long as nothing lies between: these may have changed unseen, and are outdated. */
export function withKnown(known: Prompts, page: Prompts): Prompts {
  const byId = new Map(known.rows.map((row) => [row.id, row]));
  const rows = page.rows.map((row) => sameOrNew(byId.get(row.id), row));
  const last = rows.at(-1);
  const place = last === undefined ? -1 : known.rows.findIndex(({ id }) => id === last.id);
  if (place === -1 || page.cursor === null) return { rows, cursor: page.cursor };
  const behind = known.rows.slice(place + 1).map((row) => ({ ...row, isOutdated: true }));
  return withMorePrompts({ rows, cursor: page.cursor }, { rows: behind, cursor: known.cursor });
}

function sameOrNew(known: PromptRow | undefined, row: PromptRow): PromptRow {
  if (known === undefined) return row;
  const isSame = (Object.keys(row) as (keyof PromptRow)[]).every((name) => known[name] === row[name]);
  return isSame ? known : row;
}

/** What changes make of the rows that are shown: all but their texts, which are then to be read again. */
export function reducePrompts(value: Prompts, changes: readonly Change[]): Prompts {
  return changes.reduce(reduceOne, value);
}

function reduceOne(value: Prompts, change: Change): Prompts {
  switch (change.type) {
    case "prompt.deleted":
      return withoutPrompt(value, String(change.id));
    case "prompt.created":
    case "prompt.updated": {
      const { data } = change;
      const at = value.rows.findIndex(({ id }) => id === data.id);
      if (at !== -1) return { ...value, rows: value.rows.with(at, { ...value.rows[at]!, ...data, isOutdated: true }) };
      return change.type === "prompt.created" ? withNew(value, { ...NO_TEXTS, ...data }) : value;
    }
    default:
      return value;
  }
}

/** Until they are read. */
const NO_TEXTS = { prompt_text: "", response_text: null, isOutdated: true };

/** Puts a new prompt where it belongs; what belongs behind the last that was read comes with its page. */
function withNew(value: Prompts, row: PromptRow): Prompts {
  const { rows, cursor } = value;
  const at = rows.findIndex((known) => isBefore(row, known));
  if (at === -1) return cursor === null ? { cursor, rows: [...rows, row] } : value;
  return { cursor, rows: rows.toSpliced(at, 0, row) };
}

/** In the order of the list: the newest first, those of no readable time last. */
function isBefore(one: PromptRow, other: PromptRow): boolean {
  const [a, b] = [one.created_at ?? "", other.created_at ?? ""];
  return a === b ? one.id > other.id : a > b;
}

export function withoutPrompt(value: Prompts, id: string): Prompts {
  const rows = value.rows.filter((row) => row.id !== id);
  return rows.length === value.rows.length ? value : { ...value, rows };
}

/** Puts in a prompt that was read by itself. What changed meanwhile gets its texts, and stays outdated. */
export function withPrompt(value: Prompts, prompt: Prompt, read: PromptRow): Prompts {
  const { prompt_text, response_text } = prompt;
  return {
    ...value,
    rows: value.rows.map((row) => {
      if (row === read) return current(prompt);
      return row.id === read.id ? { ...row, prompt_text, response_text } : row;
    }),
  };
}
