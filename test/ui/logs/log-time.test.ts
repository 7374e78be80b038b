import { expect, test } from "bun:test";
import { fromField, toField } from "#src/ui/logs/log-time.tsx";

test.each(["2026-02-05T10:30:00.000Z", "2026-07-05T23:59:59.000Z"])("%s goes into a field and comes back", (time) => {
  expect(toField(time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  expect(fromField(toField(time))).toBe(time);
});

test("what is no time is nothing", () => {
  expect([toField(undefined), toField("yesterday"), toField("")]).toEqual(["", "", ""]);
  expect([fromField(""), fromField("2026-99-99T00:00:00")]).toEqual([undefined, undefined]);
});
