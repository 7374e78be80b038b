import { join } from "node:path";
import { createApp } from "#src/http/app.ts";
import { openApiDocument } from "#src/http/document.ts";
import type { HttpDeps } from "#src/http/env.ts";

export const SNAPSHOT = join(import.meta.dir, "../http/openapi.snapshot.json");

/** The app for its routes alone: no request may be sent to it. */
export function appOfRoutes(): ReturnType<typeof createApp> {
  return createApp({ host: "127.0.0.1", allowedHosts: [], corsOrigins: [] } as unknown as HttpDeps);
}

/** The OpenAPI document as the snapshot holds it, whatever the version. */
export function documentText(): string {
  return `${JSON.stringify(openApiDocument(appOfRoutes(), ""), null, 2)}\n`;
}
