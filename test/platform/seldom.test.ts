import { expect, test } from "bun:test";
import { seldom } from "#src/platform/seldom.ts";
import { memoryLog } from "#test/support/log.ts";

test("of each message five lines a minute are written; the next one says how many were left out", () => {
  const log = memoryLog();
  let now = 1000;
  const few = seldom(log, () => now);
  for (let times = 0; times < 100; times += 1) few.error("damaged", { times });
  few.warn("other");
  expect(log.lines.map(({ level, message, fields }) => [level, message, fields["times"]])).toEqual([
    ...[0, 1, 2, 3, 4].map((times) => ["error", "damaged", times]),
    ["warn", "other", undefined],
  ]);
  now += 59_999;
  few.error("damaged");
  expect(log.lines).toHaveLength(6);
  now += 1;
  few.error("damaged", { times: 101 });
  few.warn("other");
  few.error("damaged", { times: 102 });
  expect(log.lines.slice(6).map(({ fields }) => fields)).toEqual([{ times: 101, left_out: 96 }, {}, { times: 102 }]);
});
