import { resolve, type Schema, type Schemas } from "./document.ts";
import { refuseUnknown, typesOf } from "./schema-keywords.ts";

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** What is wrong with a value by the schema, each with its place; empty when nothing is. */
export function faultsOf(schema: Schema, value: unknown, schemas: Schemas, at = ""): string[] {
  const real = resolve(schema, schemas);
  refuseUnknown(real);
  const fail = (what: string) => [`${at || "/"}: ${what}`];
  if (!typesOf(real).some((type) => isOfType(type, value))) return fail(`expected ${typesOf(real).join(" or ")}`);
  if (Array.isArray(real["enum"]) && !real["enum"].includes(value)) return fail("none of the enum");
  if ("const" in real && real["const"] !== value) return fail("not the const");
  const branches = (real["anyOf"] ?? real["oneOf"]) as Schema[] | undefined;
  if (branches !== undefined) {
    const fitting = branches.filter((branch) => faultsOf(branch, value, schemas, at).length === 0).length;
    if (fitting === 0) return fail("fits no branch");
    if ("oneOf" in real && fitting > 1) return fail(`fits ${fitting} branches of oneOf`);
  }
  if (typeof value === "string") return textFaults(real, value).flatMap(fail);
  if (typeof value === "number") return numberFaults(real, value).flatMap(fail);
  if (Array.isArray(value)) return arrayFaults(real, value, schemas, at);
  if (typeof value === "object" && value !== null) return objectFaults(real, value, schemas, at);
  return [];
}

function isOfType(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

/** A bound that is not there holds for everything. */
const bound = (schema: Schema, keyword: string, absent: number) => (schema[keyword] as number | undefined) ?? absent;

function textFaults(schema: Schema, value: string): string[] {
  const faults: string[] = [];
  const length = charactersOf(value);
  if (length < bound(schema, "minLength", 0)) faults.push("too short");
  if (length > bound(schema, "maxLength", Infinity)) faults.push("too long");
  const { pattern, format } = schema;
  if (typeof pattern === "string" && !new RegExp(pattern, "u").test(value)) faults.push(`does not match ${pattern}`);
  if (format === "date-time" && !(DATE_TIME.test(value) && !Number.isNaN(Date.parse(value)))) faults.push("no time");
  return faults;
}

/** JSON Schema counts characters, not the units of UTF-16. */
export function charactersOf(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function numberFaults(schema: Schema, value: number): string[] {
  const faults: string[] = [];
  if (value < bound(schema, "minimum", -Infinity)) faults.push("too small");
  if (value > bound(schema, "maximum", Infinity)) faults.push("too large");
  return faults;
}

function arrayFaults(schema: Schema, value: readonly unknown[], schemas: Schemas, at: string): string[] {
  const faults: string[] = [];
  if (value.length < bound(schema, "minItems", 0)) faults.push(`${at || "/"}: too few items`);
  if (value.length > bound(schema, "maxItems", Infinity)) faults.push(`${at || "/"}: too many items`);
  const items = schema["items"] as Schema | undefined;
  if (items === undefined) return faults;
  return [...faults, ...value.flatMap((item, index) => faultsOf(items, item, schemas, `${at}/${index}`))];
}

function objectFaults(schema: Schema, value: object, schemas: Schemas, at: string): string[] {
  const properties = new Map(Object.entries((schema["properties"] ?? {}) as Schemas));
  const { additionalProperties: others = true, required = [] } = schema;
  const missing = (required as string[]).filter((name) => !Object.hasOwn(value, name));
  const faults = missing.map((name) => `${at}/${name}: missing`);
  for (const [name, field] of Object.entries(value)) {
    const known = properties.get(name) ?? (typeof others === "object" ? (others as Schema) : undefined);
    if (known !== undefined) faults.push(...faultsOf(known, field, schemas, `${at}/${name}`));
    else if (others === false) faults.push(`${at}/${name}: unknown`);
  }
  return faults;
}
