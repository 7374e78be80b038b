import { expect, test } from "bun:test";
import { ApiError, UnreachableError } from "#src/client/client.ts";
import { isToRead } from "#src/ui/system/use-refreshed.ts";

const refusal = (status: number) =>
  new ApiError({ status, title: "no", detail: "no", code: "refused" } as never, 60_000);

test.each([
  ["what was read", null, true],
  ["what is refused for its question", refusal(404), true],
  ["what the token may not read", refusal(403), false],
  ["what the server asks to wait with", refusal(429), false],
  ["what the server fails at", refusal(500), false],
  ["what nobody answers", new UnreachableError("no answer"), false],
] as const)("figures are read again: %s", (_, error, expected) => {
  expect(isToRead({ isLoading: false, error })).toBe(expected);
  expect(isToRead({ isLoading: true, error })).toBe(false);
});
