import type { Change } from "#src/client/client.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import type { Source } from "#src/ui/store/source.ts";
import { sessionFilter } from "./session-filter.ts";

/** A prompt as a picture shows it, without its long texts. */
export type PromptSpan = Pick<
  Prompt,
  | "id"
  | "agent_id"
  | "prompt_type"
  | "prompt_name"
  | "status"
  | "model_used"
  | "created_at"
  | "completed_at"
  | "latency_ms"
>;

export type PromptSpans = {
  readonly spans: ReadonlyMap<string, PromptSpan>;
  /** Whether there are older ones. */
  readonly isCut: boolean;
};

/** A list holds whole texts: so many rows at once, and so many pages of up to 4 MB, and no more. */
const PAGE = 250;
const PAGES = 12;
const MOST = 1000;

/** When the prompts of a session ran: the newest so many. */
export function promptSpansSource(sessionId: string): Source<PromptSpans> {
  return {
    key: `prompt spans ${sessionId}`,
    async load(client, options) {
      const filter = await sessionFilter(client, sessionId, options);
      const spans = new Map<string, PromptSpan>();
      let seq: number | null = null;
      let cursor: string | null = null;
      for (let pages = 0; pages < PAGES && spans.size < MOST && (pages === 0 || cursor !== null); pages += 1) {
        const page = await client.listPrompts({ ...filter, limit: PAGE, cursor }, options);
        for (const row of page.rows) spans.set(row.id, spanOfPrompt(row));
        seq ??= page.seq;
        cursor = page.cursor;
      }
      return { seq: seq!, value: { spans, isCut: cursor !== null } };
    },
    reduce: (value, changes) => reducePromptSpans(value, changes, sessionId),
  };
}

export function reducePromptSpans(value: PromptSpans, changes: readonly Change[], sessionId: string): PromptSpans {
  let spans: Map<string, PromptSpan> | null = null;
  for (const change of changes) {
    if (change.session_id !== sessionId) continue;
    if (change.type === "prompt.deleted") (spans ??= new Map(value.spans)).delete(String(change.id));
    else if (change.type === "prompt.created" || change.type === "prompt.updated")
      (spans ??= new Map(value.spans)).set(change.data.id, spanOfPrompt(change.data));
  }
  return spans === null ? value : { ...value, spans };
}

function spanOfPrompt(row: PromptSpan): PromptSpan {
  const { id, agent_id, prompt_type, prompt_name, status, model_used, created_at, completed_at, latency_ms } = row;
  return { id, agent_id, prompt_type, prompt_name, status, model_used, created_at, completed_at, latency_ms };
}
