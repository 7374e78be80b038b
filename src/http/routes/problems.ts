import { z } from "zod";
import { Problem, type ProblemCode, PROBLEMS } from "#src/domain/problem.ts";
import { createRouter, json, queryRoute } from "#src/http/openapi.ts";
import { sendJson } from "#src/http/send.ts";

const ProblemType = z
  .strictObject({ code: z.string(), status: z.int(), title: z.string(), advice: z.string() })
  .meta({ id: "ProblemType", description: "What the `type` of a problem document refers to" });

const get = queryRoute(
  "System",
  {
    method: "get",
    path: "/problems/{code}",
    operationId: "getProblemType",
    scope: "read",
    summary: "What an error means and what to do about it",
    responses: { 200: json("The kind of problem", ProblemType, {}) },
  },
  "not_found",
);

export function problemRoutes() {
  return createRouter().openapi(get, (c) => {
    const code = c.req.param("code");
    if (!Object.hasOwn(PROBLEMS, code)) throw new Problem("not_found", `There is no kind of problem "${code}".`);
    return sendJson({ code, ...PROBLEMS[code as ProblemCode] }, 200);
  });
}
