const NAMES =
  "amp & lt < gt > quot \" apos ' hellip … mdash — ndash – rarr → larr ← uarr ↑ darr ↓ harr ↔ rArr ⇒ times × plusmn ± minus − " +
  "le ≤ ge ≥ ne ≠ deg ° micro µ middot · bull • check ✓ cross ✗ copy © reg ® trade ™ sect § euro € pound £ laquo « raquo » " +
  "lsquo ‘ rsquo ’ ldquo “ rdquo ” agrave à aacute á auml ä ccedil ç egrave è eacute é ntilde ñ ouml ö szlig ß uuml ü Auml Ä Ouml Ö Uuml Ü";
const NAMED = new Map([...NAMES.matchAll(/(\w+) (\S)/gu)].map(([, name, character]) => [name!, character!]));
NAMED.set("nbsp", "\u00A0");

/** Text of Markdown with the characters that its entities stand for; those that are not known stay as they are. */
export function withoutEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED.get(name as string) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}
