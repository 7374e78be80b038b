import type { Prompt } from "#src/domain/prompt.ts";
import { AgentLine, AgentText, plainText } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatDuration, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { Time } from "#src/ui/parts/time.tsx";
import { Folded } from "./folded.tsx";
import type { PromptRow } from "./prompts-source.ts";

type Props = {
  readonly prompt: PromptRow;
  /** What its agent is called. */
  readonly agent: string;
  readonly onSelect: (agentId: string) => void;
};

/** A request to a model and its answer, with what it took. */
export const PromptCard = memo(function PromptCard({ prompt, agent, onSelect }: Props) {
  const { prompt_name, prompt_type, status, error_message } = prompt;
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
      <Texts prompt={prompt} />
    </li>
  );
});

function Texts({ prompt }: Pick<Props, "prompt">) {
  const { status, prompt_text, response_text, isOutdated } = prompt;
  // A prompt has a question: this one is so new that it was not read yet.
  if (prompt_text === "" && isOutdated) return <p class="muted loading">Loading…</p>;
  const of = calledOf(prompt);
  return (
    <>
      <Folded label="Question" of={of} text={prompt_text} />
      {response_text === null || response_text === "" ? (
        <p class="muted">
          {status === "pending" || status === "streaming" ? "No answer yet." : "No answer was stored."}
        </p>
      ) : (
        <Folded label="Answer" of={of} text={response_text} />
      )}
    </>
  );
}

/** Prompts are called alike: what tells them apart is their time. */
function calledOf({ prompt_name, prompt_type, created_at }: Prompt): string {
  const name = plainText((prompt_name ?? prompt_type).slice(0, 80));
  return created_at === null ? name : `${name}, ${new Date(created_at).toLocaleString()}`;
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
