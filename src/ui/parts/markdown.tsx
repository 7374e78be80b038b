import { AgentText } from "./agent-text.tsx";
import { drawMarkdown } from "./markdown-drawn.tsx";
import { memo } from "./memo.ts";

/** What is longer is shown as plain text: so many elements a page cannot lay out at once. */
const MOST = 100_000;

/** Markdown that an agent wrote, drawn as elements: no HTML is ever made of it, images are not loaded. */
export const Markdown = memo(function Markdown({ text }: { readonly text: string }) {
  if (text.length > MOST) return <AgentText text={text} />;
  return (
    <div class="markdown" dir="auto">
      {drawMarkdown(text)}
    </div>
  );
});
