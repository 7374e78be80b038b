import type { Schema } from "./document.ts";

/** Keywords that say nothing about which values are valid. */
const ANNOTATIONS = [
  "description",
  "examples",
  "default",
  "title",
  "deprecated",
  "readOnly",
  "writeOnly",
  "discriminator",
];

/** Keywords that the arbitraries and the checker of this folder heed. */
const HEEDED = [
  "$ref",
  "type",
  "enum",
  "const",
  "anyOf",
  "oneOf",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minimum",
  "maximum",
];

const KNOWN: ReadonlySet<string> = new Set([...ANNOTATIONS, ...HEEDED]);
const FORMATS: ReadonlySet<unknown> = new Set([undefined, "date-time"]);

/** Fails on a schema of which a part would pass unheeded, so that this folder grows with the document. */
export function refuseUnknown(schema: Schema): void {
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword));
  if (unknown.length > 0)
    throw new Error(`test/fuzz does not know the keyword ${unknown.join(", ")} of JSON Schema yet`);
  if (!FORMATS.has(schema["format"])) {
    throw new Error(`test/fuzz does not know the format ${String(schema["format"])} of JSON Schema yet`);
  }
}

/** The types that a schema names; every one without `type`. */
export function typesOf(schema: Schema): readonly string[] {
  const { type } = schema;
  if (type === undefined) return ["null", "boolean", "number", "string", "array", "object"];
  return Array.isArray(type) ? type : [String(type)];
}
