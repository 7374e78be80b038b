/** What may still be drawn of an answer, so that the page does not stand still over it. */
export type Room = {
  /** Elements, or text that takes as long. */
  elements: number;
  /** Characters of code that are coloured. */
  coloured: number;
  isCut: boolean;
};

/** As measured in Chromium, an element being some 25 µs. What is not ASCII is shaped, and broken into lines, with more care. */
const COST = { ascii: 1 / 60, other: 1 / 5, change: 1 / 2, line: 1 / 2 };

/** As much of a text as there is room for, which it takes. @param isCode whose lines are those of the text */
export function fitting(text: string, room: Room, isCode = false): string {
  let wasAscii = true;
  for (let at = 0; at < text.length; at += 1) {
    if (room.elements <= 0) {
      room.isCut = true;
      return text.slice(0, at).replace(/[\uD800-\uDBFF]$/, "");
    }
    const character = text.charCodeAt(at);
    const isAscii = character < 128;
    room.elements -= isAscii ? COST.ascii : COST.other;
    if (isAscii !== wasAscii) room.elements -= COST.change;
    if (isCode && character === 10) room.elements -= COST.line;
    wasAscii = isAscii;
  }
  return text;
}
