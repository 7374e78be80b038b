import { useEffect, useState } from "preact/hooks";
import type { Prompt } from "#src/domain/prompt.ts";
import { AgentLine, AgentText, plainText } from "#src/ui/parts/agent-text.tsx";
import { Failure } from "#src/ui/parts/failure.tsx";
import { formatCount, formatDuration, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { Time } from "#src/ui/parts/time.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { Folded } from "./folded.tsx";
import type { PromptRow } from "./prompts-source.ts";

type Props = {
  readonly prompt: PromptRow;
  /** What its agent is called. */
  readonly agent: string;
  readonly onSelect: (agentId: string) => void;
  /** Is given what was read, and the row that was shown when it was asked for. */
  readonly onRead: (prompt: Prompt, read: PromptRow) => void;
};

/** A request to a model and its answer, with what it took. */
export const PromptCard = memo(function PromptCard({ prompt, agent, onSelect, onRead }: Props) {
  const { error, retry } = useTexts(prompt, onRead);
  const { prompt_name, prompt_type, status, error_message, response_text } = prompt;
  return (
    <li class="card session-prompt-card" data-prompt={prompt.id}>
      <header>
        <h3>
          <AgentLine text={prompt_name ?? prompt_type} />
        </h3>
        <span class={`status status-${status}`}>
          <span class="dot" aria-hidden="true" />
          {status}
        </span>
        <button
          type="button"
          class="link session-of"
          aria-label={`Show this agent alone: ${plainText(agent.slice(0, 80))}`}
          onClick={() => onSelect(prompt.agent_id)}
        >
          <AgentLine text={agent} />
        </button>
        <span class="session-when">
          <Time at={prompt.created_at} />
        </span>
      </header>
      <Took prompt={prompt} />
      {error_message === null ? null : (
        <p class="notice notice-bad">
          <AgentText text={error_message} most={2_000} />
        </p>
      )}
      {error === null ? null : <Failure error={error} what="Could not read the texts of this prompt" onRetry={retry} />}
      <Folded label="Question" text={prompt.prompt_text} />
      {response_text === null || response_text === "" ? (
        <p class="muted">
          {status === "pending" || status === "streaming" ? "No answer yet." : "No answer was stored."}
        </p>
      ) : (
        <Folded label="Answer" text={response_text} />
      )}
    </li>
  );
});

/** Reads the texts again when they may be old: one read at a time, until nothing has changed in between. */
function useTexts(prompt: PromptRow, onRead: Props["onRead"]) {
  const { client } = useStore();
  const [failed, setFailed] = useState<{ readonly error: Error; readonly row: PromptRow } | null>(null);
  const [isReading, setReading] = useState(false);
  useEffect(() => {
    if (!prompt.isOutdated || isReading || failed?.row === prompt) return;
    async function read(): Promise<void> {
      try {
        const row = await client.getPrompt(prompt.id);
        setFailed(null);
        onRead(row, prompt);
      } catch (error) {
        setFailed({ error: error as Error, row: prompt });
      } finally {
        setReading(false);
      }
    }
    setReading(true);
    void read();
  }, [prompt, isReading, failed]);
  return { error: failed?.error ?? null, retry: () => setFailed(null) };
}

const SOURCE = { reported: "", computed: "computed from prices", unknown: "price not known" } as const;

function Took({ prompt }: { readonly prompt: Prompt }) {
  const { model_used, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write } = prompt;
  const { cost_usd, cost_source, latency_ms, created_at, completed_at } = prompt;
  const lasted =
    created_at !== null && completed_at !== null ? Date.parse(completed_at) - Date.parse(created_at) : null;
  const cached = [
    tokens_cache_read === null ? null : `${formatCount(tokens_cache_read)} from the cache`,
    tokens_cache_write === null ? null : `${formatCount(tokens_cache_write)} written to it`,
  ].filter((text) => text !== null);
  const source = cost_source === null ? "" : SOURCE[cost_source];
  return (
    <dl class="session-took">
      <dt>Model</dt>
      <dd>{model_used === null ? "–" : <AgentLine text={model_used} />}</dd>
      <dt>Tokens in</dt>
      <dd>
        {formatCount(tokens_input)}
        {cached.length === 0 ? null : <span class="muted"> ({cached.join(", ")})</span>}
      </dd>
      <dt>Tokens out</dt>
      <dd>{formatCount(tokens_output)}</dd>
      <dt>Cost</dt>
      <dd>
        {formatUsd(cost_usd)}
        {source === "" ? null : <span class="muted"> ({source})</span>}
      </dd>
      <dt>Took</dt>
      <dd>{formatDuration(latency_ms ?? (lasted !== null && lasted > 0 ? lasted : null))}</dd>
    </dl>
  );
}
