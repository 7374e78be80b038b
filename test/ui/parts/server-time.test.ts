import { afterEach, expect, test } from "bun:test";
import { noteServerDate, serverNow } from "#src/ui/parts/server-time.ts";

const HOUR = 3_600_000;
const dateAt = (millis: number) => new Date(millis).toUTCString();
const behind = () => serverNow() - Date.now();

afterEach(() => noteServerDate(dateAt(Date.now())));

test("is this machine's time, as long as the two clocks agree to a few seconds", () => {
  noteServerDate(dateAt(Date.now() + 2_000));
  expect(behind()).toBe(0);
});

test("is the server's time where they do not, to the second, in either direction", () => {
  for (const hours of [-2, 2]) {
    noteServerDate(dateAt(Date.now() + hours * HOUR));
    expect(Math.abs(behind() - hours * HOUR)).toBeLessThan(2_000);
  }
});

test("is not changed by an answer that tells no time", () => {
  noteServerDate(dateAt(Date.now() + HOUR));
  const before = Math.round(behind() / 10_000);
  for (const date of [null, "", "yesterday"]) noteServerDate(date);
  expect(Math.round(behind() / 10_000)).toBe(before);
});
