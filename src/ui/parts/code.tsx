import bash from "highlight.js/lib/languages/bash";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import type { ComponentChildren } from "preact";
import { memo } from "./memo.ts";

/** What agents mostly write: each language more is script that every reader loads. */
const lowlight = createLowlight({ bash, diff, go, json, python, rust, sql, typescript, xml, yaml });
// The grammar of TypeScript reads JavaScript as well.
lowlight.registerAlias({ typescript: ["javascript", "js", "jsx", "mjs", "cjs"], bash: ["shell", "console"] });
/** What is longer, or deeper, is shown without colours: telling words apart takes time. */
const MOST = 20_000;
const DEEPEST = 40;

type Props = {
  readonly text: string;
  /** As an agent names it: any text. */
  readonly language: string;
};

/** Code that an agent wrote, coloured where its language is known: by elements with classes, never by HTML. */
export const Code = memo(function Code({ text, language }: Props) {
  const name = language.trim().split(/[\s{,]/, 1)[0]!.toLowerCase();
  return (
    <pre class="code-block">
      <code dir="ltr">{coloured(text, name)}</code>
    </pre>
  );
});

/** A node of the tree that lowlight makes. */
type Node = {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly Node[];
};

function coloured(text: string, language: string): ComponentChildren {
  if (text.length > MOST || language === "" || !lowlight.registered(language)) return text;
  const root: Node = lowlight.highlight(language, text);
  return (root.children ?? []).map((node) => drawn(node, 0));
}

function drawn({ value, properties, children = [] }: Node, depth: number): ComponentChildren {
  if (value !== undefined) return value;
  const inner = depth > DEEPEST ? children.map(textOf) : children.map((node) => drawn(node, depth + 1));
  const names = properties?.className;
  return <span class={Array.isArray(names) ? names.join(" ") : undefined}>{inner}</span>;
}

function textOf({ value, children = [] }: Node): string {
  return value ?? children.map(textOf).join("");
}
