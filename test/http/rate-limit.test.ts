import { describe, expect, test } from "bun:test";
import { createBuckets } from "#src/http/buckets.ts";
import { get, post, send, type Sent } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

describe("a token bucket", () => {
  const at = (buckets: (now: () => number) => ReturnType<typeof createBuckets>) => {
    let now = 1_000;
    const bucket = buckets(() => now);
    return { bucket, pass: (millis: number) => void (now += millis) };
  };

  test("holds a burst, then says how long to wait", () => {
    const { bucket, pass } = at((now) => createBuckets(10, 3, now));
    expect([1, 2, 3].map(() => bucket.take("a"))).toEqual([0, 0, 0]);
    expect(bucket.take("a")).toBeCloseTo(100);
    pass(60);
    expect(bucket.take("a")).toBeCloseTo(40);
    pass(40);
    expect(bucket.take("a")).toBe(0);
    expect(bucket.take("a")).toBeCloseTo(100);
    pass(10_000);
    // It does not hold more than the burst.
    expect([1, 2, 3].map(() => bucket.take("a"))).toEqual([0, 0, 0]);
    expect(bucket.take("a")).toBeGreaterThan(0);
  });

  test("is one for each key", () => {
    const { bucket } = at((now) => createBuckets(1, 1, now));
    expect(["a", "b", "a"].map((key) => bucket.take(key) > 0)).toEqual([false, false, true]);
  });

  test("lets exactly as many through as it says, whatever the fractions", () => {
    for (const rate of [3, 7, 100]) {
      const { bucket, pass } = at((now) => createBuckets(rate, rate, now));
      let taken = 0;
      for (let millis = 0; millis < 10_000; millis += 1) {
        if (bucket.take("a") === 0) taken += 1;
        pass(1);
      }
      expect(Math.abs(taken - rate * 11)).toBeLessThanOrEqual(1);
    }
  });

  test("forgets keys rather than grow without end, those in use last", () => {
    const { bucket, pass } = at((now) => createBuckets(1, 1, now));
    bucket.take("kept");
    for (let count = 0; count < 50_000; count += 1) bucket.take(`key ${count}`);
    pass(999);
    expect(bucket.take("key 49999")).toBeGreaterThan(0);
    pass(1_000_000);
    expect(bucket.take("key 49999")).toBe(0);
  });
});

const LOG = post("/api/system/logs", { component: "c", message: "m" });

async function codes(app: Awaited<ReturnType<typeof testApp>>, sent: Sent, times: number): Promise<number[]> {
  const answers = [];
  for (let count = 0; count < times; count += 1) answers.push((await send(app, sent)).status);
  return answers;
}

describe("RATE_LIMIT", () => {
  test("refuses commands beyond it with 429 and when to come back; nothing of them is stored", async () => {
    await using app = await testApp({ rateLimit: 2 });
    expect(await codes(app, LOG, 2)).toEqual([201, 201]);
    const { status, headers, body } = await send(app, LOG);
    expect({ status, code: body.code }).toEqual({ status: 429, code: "too_many_requests" });
    expect(headers.get("Retry-After")).toBe("1");
    expect(body.detail).toContain("RATE_LIMIT");
    expect((await send(app, get("/api/system/logs"))).body).toHaveLength(2);
  });

  test("holds also for commands that are refused, and for no query", async () => {
    await using app = await testApp({ rateLimit: 2 });
    expect(await codes(app, post("/api/system/logs", {}), 3)).toEqual([422, 422, 429]);
    expect(await codes(app, get("/api/agents"), 10)).toEqual(Array.from({ length: 10 }, () => 200));
  });

  test("is counted for each token", async () => {
    await using app = await testApp({ rateLimit: 2, apiToken: "token-of-the-environment" });
    const as = (secret: string) => ({ ...LOG, headers: { Authorization: `Bearer ${secret}` } });
    const made = await send(app, {
      ...post("/api/tokens", { name: "x", scope: "ingest" }),
      headers: { Authorization: "Bearer token-of-the-environment" },
    });
    expect(await codes(app, as(made.body.secret), 3)).toEqual([201, 201, 429]);
    expect(await codes(app, as("token-of-the-environment"), 2)).toEqual([201, 429]);
  });

  test("holds for whoever tries tokens, reads too", async () => {
    await using app = await testApp({ rateLimit: 2, apiToken: "token-of-the-environment" });
    const guess = get("/api/agents", { Authorization: "Bearer a-guess" });
    expect(await codes(app, guess, 3)).toEqual([401, 401, 429]);
  });

  test("holds for commands that the scope does not allow", async () => {
    await using app = await testApp({ rateLimit: 2, apiToken: "token-of-the-environment" });
    const made = await send(app, {
      ...post("/api/tokens", { name: "x", scope: "read" }),
      headers: { Authorization: "Bearer token-of-the-environment" },
    });
    const refused = { ...LOG, headers: { Authorization: `Bearer ${made.body.secret}` } };
    expect(await codes(app, refused, 3)).toEqual([403, 403, 429]);
  });

  test("0 is none", async () => {
    await using app = await testApp({ rateLimit: 0 });
    expect(new Set(await codes(app, LOG, 50))).toEqual(new Set([201]));
  });
});
