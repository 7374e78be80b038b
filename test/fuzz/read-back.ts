import { expect } from "bun:test";
import type { Json } from "#test/support/json.ts";
import type { Answer } from "#test/support/test-app.ts";
import { urlOf } from "./request-arbitrary.ts";
import type { ApiDocument, Operation } from "./document.ts";
import { bearer, type FuzzApp, HIGHEST } from "./fuzz-app.ts";

/** After a command that was accepted: what a read gives is what was answered. */
export async function expectReadBack(
  app: FuzzApp,
  document: ApiDocument,
  operation: Operation,
  pathname: string,
  { status, headers, body }: Answer,
): Promise<void> {
  const { method, path } = operation;
  const canRead = (wanted: string) => document.operations.some((one) => one.method === "GET" && one.path === wanted);
  const read = async (target: string): Promise<Answer> =>
    app.test.raw(urlOf(target), { headers: bearer(app.secrets.get(HIGHEST)) });
  if (status === 204) {
    if (canRead(path)) expect((await read(pathname)).status, `${method} ${pathname} is gone`).toBe(404);
    return;
  }
  const rows: Json[] = Array.isArray(body) ? body : [body];
  if (rows.some((row) => row.id === undefined)) return;
  if (method !== "POST" && canRead(path)) {
    expect((await read(pathname)).body, `${method} ${pathname} reads as answered`).toEqual(body);
  } else if (canRead(`${path}/{id}`)) {
    const place = `${path}/${encodeURIComponent(body.id)}`;
    if (status === 201) expect(headers.get("Location")).toBe(place);
    expect((await read(place)).body, `${place} reads as answered`).toEqual(body);
  } else if (canRead(path)) {
    const listed: Json[] = (await read(`${path}?limit=1000`)).body;
    for (const row of rows) {
      const found = listed.find(({ id }) => id === row.id);
      expect(found, `${path} lists ${row.id}`).toBeDefined();
      expect(row, `${path} lists ${row.id} as answered`).toMatchObject(found);
    }
  }
}
