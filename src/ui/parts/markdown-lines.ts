/** How each block of Markdown begins. Whatever a line holds, each is tried in one go: no two repeats can share a character. */
export const FENCE = /^ {0,3}(?:(`{3,})([^`]*)|(~{3,})(?!~)([^]*))$/;
export const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
export const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
export const QUOTE = /^ {0,3}> ?/;
export const MARKER = /^( *)([-*+]|\d{1,9}[.)])( +|$)/;
const UNDERLINE = /^ {0,3}(=+|-{2,})[ \t]*$/;
/** Marks of quotes and items, one in another. */
const CONTAINERS = /^(?: {0,3}> ?| *(?:[-*+]|\d{1,9}[.)]) +)*/;

/** Whether a line begins a block, but for tables. */
export function isBeginning(line: string): boolean {
  return MARKER.test(line) || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line);
}

/** Whether it is only the mark of an item, with which no paragraph ends. */
export function isEmptyItem(line: string): boolean {
  return MARKER.exec(line)?.[3] === "" && !RULE.test(line);
}

/** Whether a line makes a heading of the paragraph before it. */
export function isUnderline(line: string | undefined): boolean {
  return line !== undefined && UNDERLINE.test(line);
}

/** Whether a line ends a code block that began with `marks`. */
export function isFenceEnd(line: string, marks: string): boolean {
  const end = line.trim();
  return indentOf(line) < 4 && end.length >= marks.length && end === marks[0]!.repeat(end.length);
}

/** Told the lines of a quote in order, it knows whether the last one left a paragraph open, which other lines may go on with. */
export function openParagraph(): (line: string) => boolean {
  let fence: string | null = null;
  let isOpen = false;
  return (line) => {
    const text = line.slice(CONTAINERS.exec(line)![0].length);
    if (fence !== null) {
      if (isFenceEnd(text, fence)) fence = null;
      return (isOpen = false);
    }
    const begun = FENCE.exec(text);
    fence = begun === null ? null : (begun[1] ?? begun[3]!);
    const isText = !isBlank(text) && !HEADING.test(text) && !RULE.test(text) && !text.includes("|");
    const goesOn = isOpen ? !isUnderline(text) : indentOf(text) < 4;
    return (isOpen = fence === null && isText && goesOn);
  };
}

export function isBlank(line: string | undefined): boolean {
  return line !== undefined && line.trim() === "";
}

export function indentOf(line: string): number {
  return /[^ ]|$/.exec(line)!.index;
}

export function withoutIndent(line: string, most: number): string {
  return line.slice(Math.min(most, indentOf(line)));
}

/** A line that goes on with the paragraph of an item or quote from outside of it, so that it underlines nothing in there. */
export function asContinuation(line: string): string {
  return isUnderline(line) ? `\\${line.trimStart()}` : line;
}

/** Tabs at the beginning of a line are blanks up to the next fourth column. */
export function withoutTabs(line: string): string {
  const end = /[^ \t]|$/.exec(line)!.index;
  if (!line.slice(0, end).includes("\t")) return line;
  let blanks = "";
  for (const character of line.slice(0, end)) blanks += character === "\t" ? " ".repeat(4 - (blanks.length % 4)) : " ";
  return blanks + line.slice(end);
}
