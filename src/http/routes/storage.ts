import { purgeStorage } from "#src/commands/storage.ts";
import { Purge, PurgeQuery, Storage } from "#src/domain/storage.ts";
import { getStorage } from "#src/queries/storage.ts";
import type { HttpDeps } from "#src/http/env.ts";
import { commandRoute, createRouter, json, queryRoute } from "#src/http/openapi.ts";

const NOUN = "Storage";
const PATH = "/api/storage";

const get = queryRoute(NOUN, {
  method: "get",
  path: PATH,
  operationId: "getStorage",
  scope: "read",
  summary: "How large the database is, what of, and what retention will remove",
  responses: { 200: json("The storage", Storage, {}) },
});

const purge = commandRoute(NOUN, {
  method: "post",
  path: `${PATH}/purge`,
  operationId: "purgeStorage",
  scope: "control",
  summary: "Remove now what retention would remove within the hour",
  description:
    "The purge runs in the background, in small batches; the system log tells its result (component `retention`). " +
    "While one runs, here or in another server on the same file, asking again begins no second one.",
  request: { query: PurgeQuery },
  responses: {
    200: json("What would be removed (`dry_run=true`)", Purge, {}),
    202: json("What will be removed", Purge, {}),
  },
});

export function storageRoutes(deps: HttpDeps) {
  const storage = { db: deps.db, clock: deps.clock, policy: deps.policy, purgeSoon: deps.purgeSoon };
  return createRouter()
    .openapi(get, async (c) => c.json(await getStorage(storage), 200))
    .openapi(purge, async (c) => {
      const { dry_run: isDryRun } = c.req.valid("query");
      return c.json(await purgeStorage(storage, isDryRun), isDryRun ? 200 : 202);
    });
}
