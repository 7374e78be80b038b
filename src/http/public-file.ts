import { z } from "zod";
import { type createRouter, guarded, noContent, problems } from "./openapi.ts";

type Described = {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Media type of its answer. */
  readonly type: string;
  /** What of the path is filled in. */
  readonly parameter?: { readonly name: string; readonly description: string; readonly examples: string[] };
  /** Whether it may not be there. */
  readonly isMissing?: boolean;
  /** Whether who has it is told so. */
  readonly isKept?: boolean;
};

/** Describes a file or page that everybody may read: its route is an ordinary one, as it answers with no JSON of ours. */
export function describePublicFile(app: ReturnType<typeof createRouter>, described: Described): void {
  const { path, operationId, summary, type, parameter, isMissing = false, isKept = true } = described;
  const { codes, ...guardedAs } = guarded("public");
  const schema = type === "application/json" ? z.looseObject({}) : z.string();
  app.openAPIRegistry.registerPath({
    method: "get",
    path,
    operationId,
    summary,
    ...guardedAs,
    tags: ["System: queries"],
    ...(parameter === undefined ? {} : { request: { params: paramsOf(parameter) } }),
    responses: {
      200: { ...noContent(summary), content: { [type]: { schema } } },
      ...problems(...codes, ...(isMissing ? (["not_found"] as const) : [])),
      ...(isKept ? { 304: noContent("As `If-None-Match` has it") } : {}),
    },
  });
}

function paramsOf({ name, ...says }: NonNullable<Described["parameter"]>) {
  return z.object({ [name]: z.string().meta(says) });
}
