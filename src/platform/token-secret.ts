import { timingSafeEqual } from "node:crypto";

/** Characters of a token that may be shown. */
const PREFIX_LENGTH = 12;
/** 256 bits. */
const RANDOM_BYTES = 32;

/** A new token: `orc_` and 43 characters of base64url, which may also stand in a WebSocket's subprotocol. */
export function newTokenSecret(): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return `orc_${Buffer.from(random).toString("base64url")}`;
}

/** The part of a token that may be shown. */
export function prefixOf(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}

/** SHA-256 in hex. A token is random and long, so that nothing slower is needed. */
export function hashSecret(secret: string): string {
  return new Bun.CryptoHasher("sha256").update(secret).digest("hex");
}

/** Compares two hashes in constant time. */
export function isSameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
