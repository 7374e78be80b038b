const NAMES =
  "amp & lt < gt > quot \" apos ' hellip … mdash — ndash – rarr → larr ← uarr ↑ darr ↓ harr ↔ rArr ⇒ lArr ⇐ times × divide ÷ " +
  "plusmn ± minus − le ≤ ge ≥ ne ≠ infin ∞ deg ° micro µ middot · bull • check ✓ cross ✗ star ☆ copy © reg ® trade ™ sect § " +
  "para ¶ euro € pound £ yen ¥ cent ¢ laquo « raquo » lsquo ‘ rsquo ’ ldquo “ rdquo ” sbquo ‚ bdquo „ agrave à aacute á acirc â " +
  "atilde ã auml ä aring å aelig æ ccedil ç egrave è eacute é ecirc ê euml ë iacute í icirc î ntilde ñ oacute ó ocirc ô ouml ö " +
  "oslash ø szlig ß uacute ú ugrave ù uuml ü Auml Ä Eacute É Ouml Ö Uuml Ü";
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
