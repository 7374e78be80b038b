import { Problem } from "#src/domain/problem.ts";
import { newPace, paced } from "#src/ingest/otel/pace.ts";
import { jsonFault, type JsonLimits, SMALL_JSON } from "#src/platform/json-shape.ts";

/**
 * What is taken here has far fewer members, and parsing more would hold everybody up. Far deeper than any JSON that is
 * stored: a field that is too deep is pointed at when it is looked at.
 */
const BODY_LIMITS: JsonLimits = {
  small: SMALL_JSON,
  members: 100_000,
  depth: 250_000,
  names: Infinity,
  escapes: Infinity,
};

/** Refuses a large body of too many members, or nested too deeply, before it is parsed. It need not be JSON at all. */
export async function checkJsonShape(body: Uint8Array, limits: JsonLimits = BODY_LIMITS): Promise<void> {
  const fault = await paced(jsonFault(body, limits), newPace());
  if (fault === null) return;
  throw new Problem("validation", `The body is not valid: ${fault}.`, { errors: [{ pointer: "", detail: fault }] });
}
