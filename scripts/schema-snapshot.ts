/** Writes the schema of a fresh database, which a test compares: `bun run schema`. */
import { openOnce } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { schemaText } from "#test/support/schema.ts";

using folder = testFolder();
const path = folder.file("orchestrator.db");
await openOnce(path);
await Bun.write("sql/sqlite/schema.snapshot.sql", schemaText(path));
