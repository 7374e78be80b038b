import ancestor from "../sql/sqlite/0001_ancestor.sql" with { type: "text" };
import ownColumns from "../sql/sqlite/0002_own_columns.sql" with { type: "text" };
import feed from "../sql/sqlite/0003_feed.sql" with { type: "text" };
import filterIndexes from "../sql/sqlite/0004_filter_indexes.sql" with { type: "text" };
import rollups from "../sql/sqlite/0005_rollups.sql" with { type: "text" };
import text from "../sql/sqlite/0006_text.sql" with { type: "text" };
import upkeep from "../sql/sqlite/0007_upkeep.sql" with { type: "text" };
import tokens from "../sql/sqlite/0008_tokens.sql" with { type: "text" };
import ledgerAndSilence from "../sql/sqlite/0009_ledger_and_silence.sql" with { type: "text" };
import ingest from "../sql/sqlite/0010_ingest.sql" with { type: "text" };
import idempotency from "../sql/sqlite/0011_idempotency.sql" with { type: "text" };
import budgets from "../sql/sqlite/0012_budgets.sql" with { type: "text" };
import packageJson from "../package.json" with { type: "json" };
// @ts-expect-error: a plugin that opencode runs, embedded as text
// oxlint-disable-next-line import/default
import opencodePlugin from "./cli/connect/opencode-plugin.js" with { type: "text" };
// @ts-expect-error: a script for browsers, embedded as a file
import scalarBundle from "../node_modules/@scalar/api-reference/dist/browser/standalone.js" with { type: "file" };

/** The migrations of the SQLite engine, in order; a migration's number is its place, from 1. */
export const SQLITE_MIGRATIONS: readonly { readonly name: string; readonly sql: string }[] = [
  { name: "0001_ancestor", sql: ancestor },
  { name: "0002_own_columns", sql: ownColumns },
  { name: "0003_feed", sql: feed },
  { name: "0004_filter_indexes", sql: filterIndexes },
  { name: "0005_rollups", sql: rollups },
  { name: "0006_text", sql: text },
  { name: "0007_upkeep", sql: upkeep },
  { name: "0008_tokens", sql: tokens },
  { name: "0009_ledger_and_silence", sql: ledgerAndSilence },
  { name: "0010_ingest", sql: ingest },
  { name: "0011_idempotency", sql: idempotency },
  { name: "0012_budgets", sql: budgets },
];

export const VERSION: string = packageJson.version;

declare const BUILD_COMMIT: string;

/** The commit that the executable was built from; null when run from source. */
export const COMMIT: string | null = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : null;

/** Path of the script of the API reference: a file, or a file inside the executable. */
export const SCALAR_BUNDLE: string = scalarBundle;

/** The plugin that tells a server what opencode does, with the usual address in it. */
export const OPENCODE_PLUGIN: string = opencodePlugin;
