import type { Json } from "#test/support/json.ts";
import type { TestApp } from "#test/support/test-app.ts";
import { type ApiDocument, type Operation, resolve, type Schema } from "./document.ts";

/** Where the ids of a list stand among the known values: those that `<list>/{id}` may be asked with. */
export const idsOf = (list: string): string => `ids of ${list}`;

/** Where the cursors that a list gave stand. */
export const cursorsOf = (list: string): string => `cursors of ${list}`;

/** Where the values stand that the document's enums have for a field. */
export const choicesOf = (field: string): string => `choices of ${field}`;

/** Values that requests can meet rows with, by the name of the field or parameter: of rows, and of the document's enums. */
export async function knownValues(
  app: TestApp,
  { operations, schemas }: ApiDocument,
  headers: Record<string, string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const known = new Map<string, Set<string>>();
  const add = (name: string, value: unknown) => {
    if (typeof value === "string") known.set(name, (known.get(name) ?? new Set()).add(value));
  };
  const addRow = (row: Record<string, Json>) => {
    for (const [name, value] of Object.entries(row)) {
      add(name, value);
      // A window takes what rows have as their time.
      if (name.endsWith("_at")) for (const bound of ["since", "until"]) add(bound, value);
    }
  };
  for (const { path } of operations.filter(isPlainRead)) {
    const { body } = await app.raw(path, { headers });
    for (const row of Array.isArray(body) ? body : [body]) {
      addRow(row);
      add(idsOf(path), row.id);
    }
    const { headers: first } = await app.raw(`${path}?limit=1`, { headers });
    const cursor = /[?&]cursor=([^&>]+)/.exec(first.get("Link") ?? "")?.[1];
    for (const name of ["cursor", cursorsOf(path)]) add(name, cursor);
  }
  for (const [name, schema] of Object.values(schemas).flatMap(propertiesOf)) {
    for (const value of (resolve(schema, schemas)["enum"] ?? []) as unknown[]) {
      for (const place of [name, choicesOf(name)]) add(place, value);
    }
  }
  return new Map([...known].map(([name, values]) => [name, [...values]]));
}

/** A GET of JSON without anything to fill in. */
function isPlainRead({ method, path, responses }: Operation): boolean {
  const isJson = responses["200"]?.content?.["application/json"] !== undefined;
  return method === "GET" && !path.includes("{") && path.startsWith("/api/") && isJson;
}

function propertiesOf(schema: Schema): [string, Schema][] {
  return Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
}
