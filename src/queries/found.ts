import type { Read } from "#src/database/manager.ts";
import { notFound } from "#src/domain/problem.ts";

/** A row that must be there: 404 when it is not. */
export async function found<Row>(noun: string, id: string, read: Promise<Read<Row | null>>): Promise<Read<Row>> {
  const { value, seq } = await read;
  if (value === null) throw notFound(noun, id);
  return { value, seq };
}
