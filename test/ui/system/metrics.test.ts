import { expect, test } from "bun:test";
import { parseMetrics, sumOf, sumsBy } from "#src/ui/system/metrics.ts";

const TEXT = `# HELP a Requests, with "quotes" and {braces}
# TYPE a counter
a{method="GET",route="/api/agents/{id}",status="200"} 42
a{method="GET",route="x\\"y\\\\z\\n",status="404"} 1

b 1.5e3
c{kind="sse"} +Inf
d -0.25 1700000000000
not a sample
e{le="0.1"}
`;

test("samples are read with their labels, whatever these hold", () => {
  const metrics = parseMetrics(TEXT);
  expect([...metrics.keys()]).toEqual(["a", "b", "c", "d"]);
  expect(metrics.get("a")).toEqual([
    { labels: { method: "GET", route: "/api/agents/{id}", status: "200" }, value: 42 },
    { labels: { method: "GET", route: 'x"y\\z\n', status: "404" }, value: 1 },
  ]);
  expect([...metrics.values()].flatMap((samples) => samples.map(({ value }) => value))).toEqual([
    42,
    1,
    1500,
    Number.POSITIVE_INFINITY,
    -0.25,
  ]);
});

test("sums are taken of those with the labels; what is not there is unknown", () => {
  const metrics = parseMetrics(TEXT);
  expect(sumOf(metrics, "a")).toBe(43);
  expect(sumOf(metrics, "a", { status: "404" })).toBe(1);
  expect(sumOf(metrics, "a", { status: "500" })).toBeNull();
  expect(sumOf(metrics, "z")).toBeNull();
  expect(sumsBy(metrics, "a", ({ labels }) => labels["status"]?.[0] ?? "")).toEqual([
    ["2", 42],
    ["4", 1],
  ]);
});
