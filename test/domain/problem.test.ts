import { describe, expect, test } from "bun:test";
import { illegalTransition, notFound, Problem, PROBLEMS } from "#src/domain/problem.ts";

describe("problems", () => {
  test("every code has the status of the contract", () => {
    expect(Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]))).toEqual({
      bad_request: 400,
      malformed_json: 400,
      unauthorized: 401,
      forbidden: 403,
      not_found: 404,
      method_not_allowed: 405,
      conflict: 409,
      cursor_gone: 410,
      payload_too_large: 413,
      uri_too_long: 414,
      unsupported_media_type: 415,
      validation: 422,
      upgrade_required: 426,
      too_many_requests: 429,
      internal: 500,
      unavailable: 503,
      disk_full: 507,
    });
  });

  test("a refused change of status names both states and lists the legal ones", () => {
    const problem = illegalTransition("prompt", "streaming", "pending", ["completed", "failed"]);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem.code).toBe("conflict");
    expect(problem.message).toBe(
      'The prompt is "streaming" and cannot become "pending": from "streaming" it may become completed, failed.',
    );
    expect(problem.extra).toEqual({ allowed: ["completed", "failed"] });
  });

  test("from a final state it says that it is final", () => {
    const problem = illegalTransition("prompt", "failed", "pending", []);
    expect(problem.message).toBe('The prompt is "failed" and cannot become "pending": "failed" is final.');
  });

  test("what is not there is named", () => {
    expect(notFound("workflow", "w-9").message).toBe('There is no workflow with id "w-9".');
    expect(notFound("workflow", "w-9").code).toBe("not_found");
  });
});
