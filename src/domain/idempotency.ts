import { Problem } from "./problem.ts";

/** The header that names a command, so that it can be sent again and is done once. */
export const KEY_HEADER = "Idempotency-Key";
/** On the answer to one that was sent again. */
export const REPLAYED_HEADER = "Idempotency-Replayed";

export const KEY = /^[!-~]{1,255}$/;

/** The key that a header holds. Throws `validation` for none. */
export function readKey(header: string): string {
  if (KEY.test(header)) return header;
  const detail = "expected 1 to 255 visible ASCII characters, without spaces";
  throw new Problem("validation", `The header is not valid: ${KEY_HEADER}: ${detail}.`, {
    errors: [{ pointer: KEY_HEADER, detail }],
  });
}
