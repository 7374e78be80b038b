import { formatCount } from "#src/ui/parts/format.ts";
import type { Marks } from "./marks.ts";
import type { PromptSpans } from "./prompt-spans.ts";

type Props = { readonly spans: PromptSpans | undefined; readonly marks: Marks | undefined };

/** What the shapes of the picture are, what is not in it, and how to move it. */
export function Legend({ spans, marks }: Props) {
  return (
    <div class="session-legend muted">
      <ul>
        <Shape name="agent" label="Agent" />
        <Shape name="prompt" label="Prompt" />
        <Shape name="prompt-failed" label="Failed prompt" />
        <Shape name="tool" label="Tool" />
        <Shape name="error" label="Error" />
      </ul>
      <span class="session-keys">
        Ctrl and wheel or <kbd>+</kbd> <kbd>−</kbd> zoom, dragging or <kbd>←</kbd> <kbd>→</kbd> moves, <kbd>0</kbd>{" "}
        shows all, <kbd>,</kbd> <kbd>.</kbd> step through a row
      </span>
      {spans?.isCut ? <span>Prompts: the newest {formatCount(spans.spans.size)} only.</span> : null}
      {marks?.isCut ? <span>Tools and errors: the newest {formatCount(marks.count)} only.</span> : null}
    </div>
  );
}

const SHAPES = {
  agent: <rect class="session-bar session-tone-completed" x="1" y="2" width="16" height="10" rx="3" />,
  prompt: <rect class="session-prompt session-prompt-done" x="1" y="3" width="16" height="8" />,
  "prompt-failed": <rect class="session-prompt session-prompt-failed" x="1" y="3" width="16" height="8" />,
  tool: <path class="session-tool" d="M9 3v8" />,
  error: <path class="session-error" d="M9 2l4.5 9h-9z" />,
} as const;

function Shape({ name, label }: { readonly name: keyof typeof SHAPES; readonly label: string }) {
  return (
    <li>
      <svg width="18" height="14" aria-hidden="true">
        {SHAPES[name]}
      </svg>
      {label}
    </li>
  );
}
