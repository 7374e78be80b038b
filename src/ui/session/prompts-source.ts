import type { Change, Client } from "#src/client/client.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { Source } from "#src/ui/store/source.ts";
import { sessionFilter } from "./session-filter.ts";

/** Rows carry whole texts. */
const PAGE = 20;

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
      const { rows, cursor, seq } = await client.listPrompts(
        { ...(await queryOf(client, filter)), limit: PAGE },
        options,
      );
      return { seq, value: withKnown({ rows: rows.map(current), cursor }, known) };
    },
    reduce: (value, changes) => reducePrompts(value, changes.filter(concerns)),
    // Its texts, and its place, are the server's to tell.
    outdates: (change) => change.type === "prompt.created" && concerns(change),
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

/** The first page anew, and those behind it, as long as nothing lies between them. */
export function withKnown(page: Prompts, known: Prompts | undefined): Prompts {
  if (known === undefined) return page;
  const byId = new Map(known.rows.map((row) => [row.id, row]));
  const rows = page.rows.map((row) => sameOrNew(byId.get(row.id), row));
  const last = rows.at(-1);
  const place = last === undefined ? -1 : known.rows.findIndex(({ id }) => id === last.id);
  if (place === -1 || page.cursor === null) return { rows, cursor: page.cursor };
  return withMorePrompts({ rows, cursor: page.cursor }, { rows: known.rows.slice(place + 1), cursor: known.cursor });
}

function sameOrNew(known: PromptRow | undefined, row: PromptRow): PromptRow {
  if (known === undefined) return row;
  const isSame = (Object.keys(row) as (keyof PromptRow)[]).every((name) => known[name] === row[name]);
  return isSame ? known : row;
}

/** What changes make of the rows that are shown: all but their texts, which are then to be read again. */
export function reducePrompts(value: Prompts, changes: readonly Change[]): Prompts {
  let { rows } = value;
  for (const change of changes) {
    if (change.type === "prompt.deleted") rows = rows.filter(({ id }) => id !== change.id);
    else if (change.type === "prompt.created" || change.type === "prompt.updated") {
      const { data } = change;
      rows = rows.map((row) => (row.id === data.id ? { ...row, ...data, isOutdated: true } : row));
    }
  }
  return rows.length === value.rows.length && rows.every((row, index) => row === value.rows[index])
    ? value
    : { ...value, rows };
}

/** Puts in a prompt that was read by itself. What changed meanwhile stays outdated. */
export function withPrompt(value: Prompts, prompt: Prompt, read: PromptRow): Prompts {
  return { ...value, rows: value.rows.map((row) => (row === read ? current(prompt) : row)) };
}
