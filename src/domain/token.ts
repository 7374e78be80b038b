import { z } from "zod";
import { listQuery } from "./listing.ts";
import { Problem } from "./problem.ts";
import { Instant, Timestamp, toTimestamp } from "./timestamp.ts";
import { requiredText } from "./values.ts";
import { SCOPES } from "./vocabulary.ts";

export const Scope = z.enum(SCOPES).meta({
  id: "Scope",
  description:
    "`read` < `ingest` (create and update runtime rows) < `control` (definitions, deletes, purge) < `admin` (tokens)",
});
export type Scope = z.infer<typeof Scope>;

/** What a route needs; `public`: nothing, whatever tokens there are. */
export type NeededScope = Scope | "public";

/** Whether a token of one scope may do what another asks for. */
export function covers(held: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
}

/** A token, without the token itself. */
export const Token = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    scope: Scope,
    prefix: z.string().meta({ description: "How it begins, to tell it from others", examples: ["orc_4fGh7Kq2"] }),
    created_at: Timestamp,
    last_used_at: Timestamp.nullable().meta({ description: "To the minute; null when it never was" }),
    expires_at: Timestamp.nullable().meta({ description: "Null when it does not" }),
  })
  .meta({ id: "Token", description: "Lets a program use the API; known to the server by its SHA-256 only" });
export type Token = z.infer<typeof Token>;

/** What the server knows a token by. Times are UTC milliseconds. */
export type Credential = {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly prefix: string;
  /** SHA-256 of the token, in hex. */
  readonly hash: string;
  readonly lastUsedMs: number | null;
  readonly expiresMs: number | null;
};

/** Who asks, once the token was found good. */
export type Principal = Pick<Credential, "id" | "name" | "scope" | "prefix" | "expiresMs">;

export const CreatedToken = Token.extend({
  secret: z.string().meta({ description: "The token itself, shown this once", examples: ["orc_4fGh7Kq2…"] }),
}).meta({ id: "CreatedToken" });
export type CreatedToken = z.infer<typeof CreatedToken>;

export const CreateToken = z
  .strictObject({
    name: requiredText(255).meta({ examples: ["laptop"] }),
    scope: Scope,
    expires_at: Instant.nullable()
      .optional()
      .meta({
        type: ["string", "null"],
        description: "RFC 3339 or a date, in the future; never without it",
        examples: ["2099-01-01T00:00:00Z"],
      }),
  })
  .meta({ id: "CreateToken", examples: [{ name: "laptop", scope: "ingest" }] });
export type CreateToken = z.output<typeof CreateToken>;

export const TokenQuery = listQuery({});

/** The token that a create command asks for. */
export function issueToken(command: CreateToken, id: string, prefix: string, nowMillis: number): Token {
  return {
    id,
    name: command.name,
    scope: command.scope,
    prefix,
    created_at: toTimestamp(nowMillis),
    last_used_at: null,
    expires_at: expiryOf(command, nowMillis),
  };
}

function expiryOf({ expires_at: expiresMs }: CreateToken, nowMillis: number): string | null {
  if (expiresMs === null || expiresMs === undefined) return null;
  if (expiresMs > nowMillis) return toTimestamp(expiresMs);
  const detail = "expected a time in the future";
  throw new Problem("validation", `The body is not valid: /expires_at: ${detail}.`, {
    errors: [{ pointer: "/expires_at", detail }],
  });
}
