import { useMemo } from "preact/hooks";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { Failure } from "#src/ui/parts/failure.tsx";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { useSource } from "#src/ui/store/use-store.ts";
import { MoreButton } from "./more-button.tsx";
import { PromptCard } from "./prompt-card.tsx";
import { promptsSource, readMorePrompts, withMorePrompts } from "./prompts-source.ts";
import type { SessionAgent } from "./session-source.ts";
import { useTexts } from "./use-texts.ts";

export type TabProps = {
  readonly sessionId: string;
  readonly agents: ReadonlyMap<string, SessionAgent>;
  /** The only agent that is shown; null is all of them. */
  readonly selected: string | null;
  readonly onSelect: (agentId: string) => void;
};

/** Questions and answers, the newest first. */
export function PromptsTab({ sessionId, agents, selected, onSelect }: TabProps) {
  const filter = useMemo(() => ({ sessionId, agentId: selected }), [sessionId, selected]);
  const slice = useSource(useMemo(() => promptsSource(filter), [filter]));
  const { put } = slice;
  const texts = useTexts(slice);
  return (
    <SliceView slice={slice} what="the prompts">
      {(prompts) =>
        prompts.rows.length === 0 ? (
          <p class="empty">{selected === null ? "No prompts in this session." : "No prompts of this agent."}</p>
        ) : (
          <>
            {texts.error === null ? null : (
              <Failure error={texts.error} what="Could not read the texts of all prompts" onRetry={texts.retry} />
            )}
            <ul class="session-prompts" aria-label="Prompts, the newest first">
              {prompts.rows.map((prompt) => (
                <PromptCard
                  key={prompt.id}
                  prompt={prompt}
                  agent={agentName(agents.get(prompt.agent_id), prompt.agent_id)}
                  onSelect={onSelect}
                />
              ))}
            </ul>
            <MoreButton
              value={prompts}
              what="prompts"
              read={readPage}
              onRead={(more) => put((value) => withMorePrompts(value, more))}
            />
          </>
        )
      }
    </SliceView>
  );

  function readPage(client: Parameters<typeof readMorePrompts>[0], value: Parameters<typeof readMorePrompts>[2]) {
    return readMorePrompts(client, filter, value);
  }
}

function agentName(agent: SessionAgent | undefined, id: string): string {
  return nameOf(agent ?? { id, name: null });
}
