import type { TokenStore } from "#src/database/manager.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Credential, Scope, Token } from "#src/domain/token.ts";
import { createList } from "./list.ts";
import { insertRow } from "./mutate.ts";
import type { Reader } from "./reader.ts";
import type { Stored } from "./rows.ts";
import type { Writer } from "./writer.ts";

const TABLE = "orchestrator_tokens";
const COLUMNS = "t.id, t.name, t.scope, t.prefix, t.created_ms, t.last_used_ms, t.expires_ms, t.created_ms as walk_ms";
const CREDENTIALS = "select id, name, scope, prefix, hash, last_used_ms, expires_ms from orchestrator_tokens";
const REMOVE = "delete from orchestrator_tokens where id = $id";
const USED = `
  update orchestrator_tokens set last_used_ms = $at where id = $id and (last_used_ms is null or last_used_ms < $at)`;
/** Tokens come and go, but never change: numbers are not given twice. */
const SET = `
  select count(*) || ' ' || ifnull((select seq from sqlite_sequence where name = 'orchestrator_tokens'), 0) as version
    from orchestrator_tokens`;

/** The store, and how it learns that another process has written the file. */
export type SqliteTokenStore = TokenStore & {
  foreignCommit(): void;
  /** The same store, in which tokens are made by another writer. */
  through(other: Writer): TokenStore;
};

export function createTokenStore(reader: Reader, writer: Writer): SqliteTokenStore {
  const listeners = new Set<() => Promise<void>>();
  const version = () => reader.prepare<{ version: string }>(SET).get({})!.version;
  let known = version();

  async function tell(): Promise<void> {
    known = version();
    await Promise.all([...listeners].map((listener) => listener()));
  }

  const insertBy =
    (by: Writer): TokenStore["insert"] =>
    async ({ hash, ...token }) => {
      await by.write(() => {
        insertRow(by, TABLE, {
          id: token.id,
          name: token.name,
          scope: token.scope,
          prefix: token.prefix,
          hash,
          created_ms: Date.parse(token.created_at),
          expires_ms: token.expires_at === null ? null : Date.parse(token.expires_at),
        });
        return token;
      });
      await tell();
      return token;
    };

  const store: TokenStore = {
    list: createList(reader, {
      table: TABLE,
      columns: COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {},
      toRow: toToken,
    }),
    credentials: () => reader.read(() => reader.prepare<Stored>(CREDENTIALS).all({}).map(toCredential)),
    insert: insertBy(writer),
    async remove(id) {
      const { changes } = await writer.write(() => writer.prepare(REMOVE).run({ id }));
      if (changes > 0) await tell();
      return changes > 0;
    },
    async used(id, at) {
      await writer.write(() => writer.prepare(USED).run({ id, at }), { background: true });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  return {
    ...store,
    through: (other) => ({ ...store, insert: insertBy(other) }),
    foreignCommit() {
      if (version() !== known) void tell();
    },
  };
}

function toToken(stored: Stored): Token {
  return {
    id: stored["id"] as string,
    name: stored["name"] as string,
    scope: stored["scope"] as Scope,
    prefix: stored["prefix"] as string,
    created_at: toTimestamp(stored["created_ms"] as number),
    last_used_at: timestampOrNull(stored["last_used_ms"]),
    expires_at: timestampOrNull(stored["expires_ms"]),
  };
}

function timestampOrNull(millis: unknown): string | null {
  return typeof millis === "number" ? toTimestamp(millis) : null;
}

function toCredential(stored: Stored): Credential {
  return {
    id: stored["id"] as string,
    name: stored["name"] as string,
    scope: stored["scope"] as Scope,
    prefix: stored["prefix"] as string,
    hash: stored["hash"] as string,
    lastUsedMs: stored["last_used_ms"] as number | null,
    expiresMs: stored["expires_ms"] as number | null,
  };
}
