import type { CodePart } from "./code-words.ts";

/** Code that an agent wrote, coloured by elements with classes, never by HTML. */
export function Code({ parts }: { readonly parts: readonly CodePart[] }) {
  return (
    <pre class="code-block">
      <code dir="ltr">
        {parts.map((part) => (part.kind === null ? part.text : <span class={`code-${part.kind}`}>{part.text}</span>))}
      </code>
    </pre>
  );
}
