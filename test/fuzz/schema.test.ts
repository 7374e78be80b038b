import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { readDocument, type Schema } from "./document.ts";
import { SUITE_SEED, runProperty } from "./run-property.ts";
import { validValue } from "./schema-arbitrary.ts";
import { faultsOf } from "./schema-check.ts";

const known = new Map<string, string[]>();

describe("a schema of the document", () => {
  const { schemas } = readDocument();
  for (const [name, schema] of Object.entries(schemas)) {
    test(`${name}: what is made of it is valid by it`, async () => {
      const value = validValue(schema, { schemas, known });
      const property = fc.asyncProperty(value, async (made) => {
        expect(faultsOf(schema, made, schemas)).toEqual([]);
      });
      await runProperty(name, property, { seed: SUITE_SEED, runs: 20 });
    });
  }
});

describe("a value that is not valid is found", () => {
  const schemas = {
    Choice: { oneOf: [{ type: "string" }, { enum: ["a", 1] }] },
    Row: {
      type: "object",
      properties: { at: { type: ["string", "null"], format: "date-time" }, tags: { type: "array", maxItems: 1 } },
      required: ["at"],
      additionalProperties: false,
    },
  };
  const cases: readonly (readonly [schema: Schema, valid: unknown, invalid: readonly unknown[]])[] = [
    [{ type: "integer", minimum: 0, maximum: 9 }, 9, [-1, 10, 0.5, "1", null, true]],
    [{ type: ["string", "null"], minLength: 1, maxLength: 2 }, null, ["", "abc", 1]],
    [{ type: "string", minLength: 2, maxLength: 2 }, "🦊🦊", ["🦊", "🦊🦊🦊"]],
    [{ type: "string", pattern: "^[a-z]+$" }, "abc", ["", "A", "a b"]],
    [{ const: 1 }, 1, ["1", 2]],
    [{ $ref: "#/components/schemas/Choice" }, 1, ["a", 2, null]],
    [{ anyOf: [{ type: "boolean" }, { type: "null" }] }, false, [0, "", {}]],
    [{ $ref: "#/components/schemas/Row" }, { at: null, tags: [1] }, [{}, { at: "now" }, { at: null, x: 1 }, []]],
    [{ $ref: "#/components/schemas/Row" }, { at: "2026-02-05T10:30:00.000Z" }, [{ at: null, tags: [1, 2] }]],
    [{ type: "array", minItems: 1, items: { type: "number" } }, [1.5], [[], ["1"], {}]],
    [
      { type: "object", additionalProperties: { type: "string" } },
      { a: "" },
      [{ a: 1 }, JSON.parse('{"__proto__":1}')],
    ],
  ];
  test.each(cases)("%j", (schema, valid, invalid) => {
    expect(faultsOf(schema, valid, schemas)).toEqual([]);
    for (const value of invalid) expect(faultsOf(schema, value, schemas), JSON.stringify(value)).not.toEqual([]);
  });
});

describe("a keyword that is not heeded yet fails, so that this folder grows with the document", () => {
  for (const schema of [{ type: "number", multipleOf: 2 }, { type: "string", format: "uuid" }, { type: "tuple" }]) {
    test(JSON.stringify(schema), () => {
      expect(() => validValue(schema, { schemas: {}, known })).toThrow("does not know");
    });
  }
});
