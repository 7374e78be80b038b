import { expect, test } from "bun:test";
import type { TokenStore } from "#src/database/manager.ts";
import type { Credential } from "#src/domain/token.ts";
import { openAccess } from "#src/http/access.ts";
import { hashSecret, prefixOf } from "#src/platform/token-secret.ts";
import { testClock } from "#test/support/clock.ts";
import { memoryLog } from "#test/support/log.ts";
import { thrownBy } from "#test/support/thrown-by.ts";
import { until } from "#test/support/until.ts";
import { Problem } from "#src/domain/problem.ts";

const SECRET = "orc_12345678-the-rest";
const TOKEN: Credential = {
  id: "t",
  name: "x",
  scope: "read",
  prefix: prefixOf(SECRET),
  hash: hashSecret(SECRET),
  lastUsedMs: null,
  expiresMs: null,
};
const OTHER: Credential = { ...TOKEN, id: "o", prefix: "orc_other", hash: "other" };

/** A store whose answers come when the test says so, in the order it likes. */
function slowStore() {
  const answers: ((rows: Credential[] | Error) => void)[] = [];
  let listener = async () => {};
  const tokens = {
    credentials: () =>
      new Promise<Credential[]>((resolve, reject) => {
        answers.push((rows) => (rows instanceof Error ? reject(rows) : resolve(rows)));
      }),
    onChange(heard: () => Promise<void>) {
      listener = heard;
      return () => {};
    },
    used: async () => {},
  } as unknown as TokenStore;
  return { tokens, answers, change: () => listener() };
}

test("an answer of before a token was revoked does not bring it back, whenever it comes", async () => {
  const store = slowStore();
  const opening = openAccess({
    tokens: store.tokens,
    clock: testClock(),
    log: memoryLog(),
    apiToken: null,
    isLoopback: true,
  });
  store.answers[0]!([TOKEN, OTHER]);
  using stack = new DisposableStack();
  const access = await opening;
  stack.defer(() => access.close());
  const request = new Request("http://localhost/", { headers: { Authorization: `Bearer ${SECRET}` } });
  const principal = access.identify(request);
  expect(access.mayStay(principal)).toBe(true);
  const [before, after] = [store.change(), store.change()];
  await until("the store to be asked", () => store.answers.length > 1);
  // Where it is asked twice at once, the newer answer comes first.
  store.answers[2]?.([OTHER]);
  store.answers[1]!([TOKEN, OTHER]);
  await until("the store to be asked again", () => store.answers.length > 2);
  store.answers[2]!([OTHER]);
  await Promise.all([before, after]);
  expect(access.mayStay(principal)).toBe(false);
  expect(thrownBy(Problem, () => access.identify(request)).code).toBe("unauthorized");
});

test("tokens that cannot be read are as they were, until they can: it tries again", async () => {
  const store = slowStore();
  const log = memoryLog();
  const opening = openAccess({ tokens: store.tokens, clock: testClock(), log, apiToken: null, isLoopback: true });
  store.answers[0]!([TOKEN]);
  const access = await opening;
  const request = new Request("http://localhost/", { headers: { Authorization: `Bearer ${SECRET}` } });
  const changed = store.change();
  await until("the store to be asked", () => store.answers.length > 1);
  store.answers[1]!(new Error("unreadable"));
  await changed;
  expect(access.identify(request)).toMatchObject({ id: "t" });
  expect(log.lines).toMatchObject([{ level: "error", message: "the tokens could not be read; trying again" }]);
  await until("it to try again", () => store.answers.length > 2);
  store.answers[2]!([OTHER]);
  await until("the new ones", () => !access.mayStay({ ...TOKEN }));
  access.close();
});
