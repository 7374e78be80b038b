import * as fc from "fast-check";
import { resolve, type Schema, type Schemas } from "./document.ts";
import { HOSTILE_JSON, markOf } from "./hostile-values.ts";
import { choicesOf } from "./known-values.ts";
import { charactersOf } from "./schema-check.ts";
import { refuseUnknown, typesOf } from "./schema-keywords.ts";

/** What valid values are made with. */
export type Sources = {
  readonly schemas: Schemas;
  /** Values that rows have, by the name of their field: so that requests meet rows. */
  readonly known: ReadonlyMap<string, readonly string[]>;
};

const MOST_DEPTH = 3;
/** Longer texts than this are made at their boundary only. */
const USUAL_LENGTH = 20;

/** Storable text: no NUL, no unpaired surrogate. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: USUAL_LENGTH }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: USUAL_LENGTH }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", " ", "\n", "🦊".repeat(9), "e\u0301", "\u202e", "<b>", "'; --", "%s", "null"),
  },
);

const json: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  { weight: 1, arbitrary: fc.constant({ issue: 42 }) },
  { weight: 1, arbitrary: fc.nat(HOSTILE_JSON.length - 1).map(markOf) },
);

/** Values that are valid by the schema, its boundaries among them. `name` is the field's, for values that rows have. */
export function validValue(schema: Schema, sources: Sources, name = "", depth = 0): fc.Arbitrary<unknown> {
  const real = resolve(schema, sources.schemas);
  refuseUnknown(real);
  if ("const" in real) return fc.constant(real["const"]);
  if (Array.isArray(real["enum"])) return fc.constantFrom(...(real["enum"] as unknown[]));
  const branches = (real["anyOf"] ?? real["oneOf"]) as Schema[] | undefined;
  if (branches !== undefined) return fc.oneof(...branches.map((branch) => validValue(branch, sources, name, depth)));
  if (!("type" in real)) return json;
  const types = typesOf(real).map((type) => ofType(type, real, sources, name, depth));
  const examples = real["examples"] as unknown[] | undefined;
  if (examples === undefined || types.length === 0) return fc.oneof(...types);
  return fc.oneof({ weight: 4, arbitrary: fc.oneof(...types) }, { weight: 1, arbitrary: fc.constantFrom(...examples) });
}

function ofType(type: string, schema: Schema, sources: Sources, name: string, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return numbers(schema, (min, max) => fc.integer({ min, max }));
    case "number":
      return numbers(schema, (min, max) => fc.double({ min, max, noNaN: true }));
    case "string":
      return strings(schema, sources, name);
    case "array":
      return arrays(schema, sources, name, depth);
    case "object":
      return objects(schema, sources, depth);
    default:
      throw new Error(`test/fuzz does not know the type ${type} of JSON Schema yet`);
  }
}

function numbers(schema: Schema, between: (min: number, max: number) => fc.Arbitrary<number>): fc.Arbitrary<number> {
  const { minimum = -Number.MAX_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema as Record<string, number>;
  const most = Math.min(maximum, Number.MAX_SAFE_INTEGER);
  const small = between(minimum, Math.min(most, minimum + 50));
  return fc.oneof({ weight: 6, arbitrary: small }, fc.constantFrom(minimum, most), between(minimum, most));
}

function strings(schema: Schema, { known }: Sources, name: string): fc.Arbitrary<string> {
  const { pattern, format, minLength = 0, maxLength = Infinity } = schema as Record<string, never>;
  if (format === "date-time") return times();
  const isFitting = (value: string) => charactersOf(value) >= minLength && charactersOf(value) <= maxLength;
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern), { maxLength: 30 }).filter(isFitting);
  const longest = Number.isFinite(maxLength) ? ["x".repeat(maxLength), "🦊".repeat(maxLength)] : [];
  const free = fc.oneof(
    { weight: 9, arbitrary: text.filter(isFitting) },
    { weight: 1, arbitrary: fc.constantFrom(...longest, "x".repeat(Math.max(1, minLength))) },
  );
  const choices = known.get(choicesOf(name));
  const rows = (choices ?? known.get(name) ?? []).filter(isFitting);
  if (rows.length === 0) return free;
  // What names a row or is one of a set hardly ever means anything when it is made up.
  const isReference = choices !== undefined || name.endsWith("id");
  return fc.oneof(
    { weight: isReference ? 29 : 1, arbitrary: fc.constantFrom(...rows) },
    { weight: isReference ? 1 : 2, arbitrary: free },
  );
}

function times(): fc.Arbitrary<string> {
  const date = fc.date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
  return date.map((time) => time.toISOString());
}

function arrays(schema: Schema, sources: Sources, name: string, depth: number): fc.Arbitrary<unknown[]> {
  const { minItems = 0, maxItems = Infinity } = schema as Record<string, number>;
  if (depth >= MOST_DEPTH && minItems === 0) return fc.constant([]);
  const items = validValue((schema["items"] ?? {}) as Schema, sources, name, depth + 1);
  return fc.array(items, { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) });
}

function objects(schema: Schema, sources: Sources, depth: number): fc.Arbitrary<unknown> {
  const properties = (schema["properties"] ?? {}) as Schemas;
  const required = (schema["required"] ?? []) as string[];
  const deep = depth >= MOST_DEPTH;
  const fields = Object.entries(properties)
    .filter(([name]) => !deep || required.includes(name))
    .map(([name, field]) => [name, validValue(field, sources, name, depth + 1)] as const);
  return fc.record(Object.fromEntries(fields), {
    requiredKeys: required.filter((name) => name in properties) as never[],
  });
}
