import { codeParts } from "./code-words.ts";
import { memo } from "./memo.ts";

/** So many elements a page lays out at once; longer code is shown without colours. */
const MOST = 30_000;

type Props = {
  readonly text: string;
  /** As an agent names it: any text. */
  readonly language: string;
};

/** Code that an agent wrote, coloured where its language is known: by elements with classes, never by HTML. */
export const Code = memo(function Code({ text, language }: Props) {
  const parts = text.length > MOST ? [{ kind: null, text }] : codeParts(text, language);
  return (
    <pre class="code-block">
      <code dir="ltr">
        {parts.map((part) => (part.kind === null ? part.text : <span class={`code-${part.kind}`}>{part.text}</span>))}
      </code>
    </pre>
  );
});
