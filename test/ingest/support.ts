import { expect } from "bun:test";
import * as fc from "fast-check";
import type { Fact, Reading, Report } from "#src/ingest/report.ts";
import { SUITE_SEED } from "#test/fuzz/run-property.ts";

/** The one report of a reading that understood everything. */
export function only(reading: Reading): Report {
  expect(reading.unread).toEqual([]);
  expect(reading.reports).toHaveLength(1);
  return reading.reports[0]!;
}

export function factsOf(reading: Reading): readonly Fact[] {
  return only(reading).facts;
}

/** What no reader may make more of an event than. */
const MOST = { details: 130_000, all: 4_000_000 } as const;

const STRANGE = [
  null,
  true,
  -1,
  1e308,
  "",
  "\0",
  "\ud800",
  "\u001b[31m",
  "x".repeat(5_000),
  [],
  {},
  [[[[[[[[[]]]]]]]]],
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
] as const;

const strange = fc.oneof(fc.constantFrom(...STRANGE), fc.jsonValue());

/** Real events, of which any one value or name, at any depth, is another. */
function mutated(events: readonly object[]): fc.Arbitrary<unknown> {
  return fc.tuple(fc.constantFrom(...events), fc.nat(), strange, fc.boolean()).map(([event, at, value, isGone]) => {
    const copy = structuredClone(event);
    const places = placesOf(copy);
    const { holder, key } = places[at % places.length]!;
    if (isGone) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
    return copy;
  });
}

function placesOf(value: object): { holder: object; key: string }[] {
  return Object.entries(value).flatMap(([key, inner]) => [
    { holder: value, key },
    ...(typeof inner === "object" && inner !== null ? placesOf(inner) : []),
  ]);
}

/** That a reader makes a bounded, storable reading of whatever it is given. */
export function expectTolerant(read: (event: unknown) => Reading, events: readonly object[]): void {
  const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  const known = events.map((event) => ({ ...event, extra: deep }));
  for (const event of [...STRANGE, deep, { ...deep }, ...known]) expectSound(read(event));
  const property = fc.property(fc.oneof(strange, mutated(events), fc.array(mutated(events))), (event) => {
    expectSound(read(event));
  });
  fc.assert(property, { seed: SUITE_SEED, numRuns: 500 });
}

function expectSound(reading: Reading): void {
  const json = JSON.stringify(reading);
  expect(json.length).toBeLessThan(MOST.all);
  // What is left out of JSON, or is another value in it, would be stored as something else.
  expect(JSON.parse(json)).toEqual(reading);
  expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/);
  for (const { key, hash } of reading.reports) expect(key === null ? hash : key).toMatch(/^.{5,250}$/);
  for (const { details, event } of reading.unread) {
    expect(event).toMatch(/^.{1,200}$/);
    expect(JSON.stringify(details).length).toBeLessThan(MOST.details);
  }
  for (const { about } of reading.reports) {
    for (const id of [about.session, about.child ?? "-"]) expect(id).toMatch(/^[^\p{Cc}\p{Cf}]{1,200}$/u);
  }
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
}
