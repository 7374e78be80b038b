import type { DatabaseManager, Page, Read } from "#src/database/manager.ts";
import type { PageRequest } from "#src/domain/listing.ts";
import type { Token } from "#src/domain/token.ts";

export function listTokens(db: DatabaseManager, page: PageRequest): Promise<Read<Page<Token>>> {
  return db.tokens.list({}, page);
}
