import { type Distribution, count, newDistribution, SECONDS } from "#src/platform/distribution.ts";

/** Answered before a route was found: an unknown path or method, a preflight, a refused origin. */
export const UNMATCHED = "unmatched";
/** Labels must be few: what somebody makes up is one. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const OTHER_METHOD = "other";

/** What one route has answered, by the method it was asked with. */
export type RouteFigures = {
  readonly method: string;
  /** As the document writes it: `/api/agents/{id}`. */
  readonly route: string;
  readonly answers: Map<number, number>;
  /** Seconds until the answer's status was known: a stream is not over then. */
  readonly seconds: Distribution;
};

/** What all requests were. */
export type RequestFigures = {
  inFlight: number;
  /** By route, then by method. */
  readonly routes: Map<string, Map<string, RouteFigures>>;
};

/** No request yet. */
export function newRequestFigures(): RequestFigures {
  return { inFlight: 0, routes: new Map() };
}

/** Counts one answer: two look-ups and a few numbers, since every request pays for it. */
export function countAnswer(figures: RequestFigures, method: string, route: string, status: number, millis: number) {
  const found = figures.routes.get(route)?.get(method) ?? newRoute(figures, method, route);
  found.answers.set(status, (found.answers.get(status) ?? 0) + 1);
  count(found.seconds, millis / 1000);
}

function newRoute({ routes }: RequestFigures, asked: string, route: string): RouteFigures {
  const method = METHODS.has(asked) ? asked : OTHER_METHOD;
  const ofRoute = routes.get(route) ?? new Map<string, RouteFigures>();
  routes.set(route, ofRoute);
  const known = ofRoute.get(method);
  if (known !== undefined) return known;
  const made: RouteFigures = { method, route, answers: new Map(), seconds: newDistribution(SECONDS) };
  ofRoute.set(method, made);
  return made;
}
