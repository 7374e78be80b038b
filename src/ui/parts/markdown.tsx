import { useMemo, useState } from "preact/hooks";
import { AgentText, plainText } from "./agent-text.tsx";
import { readBlocks } from "./markdown-blocks.ts";
import { drawMarkdown } from "./markdown-drawn.tsx";
import { memo } from "./memo.ts";

/** What is longer is shown as plain text. */
const MOST = 100_000;
/** So many more a page lays out at once without standing still. */
const MOST_ELEMENTS = 3_000;
/** A text whose first letter is of a script that is written from the right. */
const FROM_RIGHT =
  /^\P{L}*(?=\p{L})[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Markdown that an agent wrote, drawn as elements: no HTML is ever made of it, images are not loaded. */
export const Markdown = memo(function Markdown({ text }: { readonly text: string }) {
  return text.length > MOST ? <AgentText text={text} /> : <Drawn text={text} />;
});

function Drawn({ text }: { readonly text: string }) {
  const [most, setMost] = useState(MOST_ELEMENTS);
  const blocks = useMemo(() => readBlocks(plainText(text)), [text]);
  const { drawn, isCut } = useMemo(() => drawMarkdown(blocks, most), [blocks, most]);
  return (
    <>
      <div class="markdown" dir={FROM_RIGHT.test(text) ? "rtl" : "ltr"}>
        {drawn}
      </div>
      {isCut ? (
        <button type="button" class="link" onClick={() => setMost(most + MOST_ELEMENTS)}>
          … show more
        </button>
      ) : null}
    </>
  );
}
