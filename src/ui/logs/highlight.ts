/** A part of a text; `isMark` where it was searched for. */
export type HighlightPart = { readonly text: string; readonly isMark: boolean };

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", apos: "'" };
const TOKEN = /<(\/?)mark>|&(amp|lt|gt|quot|#39|apos);/g;

/**
 * Reads the `highlight` of a row that was found: `<mark>` around matches, five characters escaped. Whatever else looks
 * like markup is text.
 */
export function parseHighlight(html: string): HighlightPart[] {
  const parts: HighlightPart[] = [];
  let [text, isMark, at] = ["", false, 0];
  const end = (isNextMark: boolean) => {
    if (text !== "") parts.push({ text, isMark });
    [text, isMark] = ["", isNextMark];
  };
  for (const { 0: token, 1: slash, 2: entity, index } of html.matchAll(TOKEN)) {
    text += html.slice(at, index);
    at = index + token.length;
    if (entity !== undefined) text += ENTITIES[entity];
    else if ((slash === "") !== isMark) end(slash === "");
    else text += token;
  }
  text += html.slice(at);
  end(false);
  return parts;
}

/** Characters shown before the first match: further ones would push it out of a narrow line. */
const BEFORE = 28;

/** The same from just before the first match on. */
export function startedNear(parts: readonly HighlightPart[]): readonly HighlightPart[] {
  const [first, ...others] = parts;
  if (first === undefined || first.isMark || others.length === 0 || first.text.length <= BEFORE) return parts;
  const near = first.text.slice(-BEFORE);
  return [{ text: `…${near.slice(near.search(/\s/) + 1)}`, isMark: false }, ...others];
}
