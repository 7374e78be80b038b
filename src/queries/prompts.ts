import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Found } from "#src/domain/search-text.ts";
import type { Prompt, PromptFilter } from "#src/domain/prompt.ts";
import { found } from "./found.ts";

export function listPrompts(
  db: DatabaseManager,
  filter: PromptFilter,
  page: PageRequest,
): Promise<Read<Page<Found<Prompt>>>> {
  return db.prompts.list(filter, page);
}

export function getPrompt(db: DatabaseManager, id: string): Promise<Read<Prompt>> {
  return found("prompt", id, db.prompts.get(id));
}
