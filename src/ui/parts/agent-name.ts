import type { BoardAgent } from "#src/domain/board.ts";

type Named = Pick<BoardAgent, "id" | "name"> & { readonly definition?: string | null };

/** What an agent is called: its name, else that of its definition, else as much of its id as tells it apart. */
export function nameOf({ id, name, definition = null }: Named): string {
  return [name, definition].find((text) => text !== null && text.trim() !== "") ?? shortId(id);
}

/** An id as it can be seen: one of nothing but blanks is said to be blank. */
export function idText(id: string): string {
  return id.trim() === "" ? "(blank)" : id;
}

/** The end of an id: ids that were made in the same moment begin alike. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `…${id.slice(-8)}`;
}
