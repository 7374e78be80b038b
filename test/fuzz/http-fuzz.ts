import * as fc from "fast-check";
import { readDocument } from "./document.ts";
import { makeTemplate, openFuzzApp } from "./fuzz-app.ts";
import { anyRequest, type FuzzRequest } from "./request-arbitrary.ts";
import { checkRequest } from "./request-check.ts";
import { runProperty, type RunOptions } from "./run-property.ts";

/** What a run met. */
export type HttpFigures = {
  readonly requests: number;
  readonly byStatus: ReadonlyMap<number, number>;
  /** How often each operation accepted a request, by its id. */
  readonly accepted: ReadonlyMap<string, number>;
};

const MOST_REQUESTS = 60;

/**
 * Sends so many requests in-process, in short sequences that each have a database of their own: so a sequence fails
 * again by its seed and path alone, and shrinks to the requests that matter.
 */
export async function fuzzHttp({ cases, ...options }: RunOptions & { readonly cases: number }): Promise<HttpFigures> {
  const document = readDocument();
  using template = await makeTemplate(document);
  const byStatus = new Map<number, number>();
  const accepted = new Map<string, number>();
  let requests = 0;
  const sequences = fc.array(anyRequest(document, template.known), {
    minLength: 1,
    maxLength: MOST_REQUESTS,
    size: "max",
  });

  async function play(sequence: readonly FuzzRequest[]): Promise<void> {
    await using app = await openFuzzApp(template);
    for (const request of sequence) {
      const { status, operation } = await checkRequest(app, document, request);
      requests += 1;
      count(byStatus, status);
      if (operation !== undefined && status < 400) count(accepted, operation.operationId);
    }
    const broken = app.brokenInvariants();
    if (broken.length > 0) throw new Error(broken.join("; "));
  }

  await runProperty("requests", fc.asyncProperty(sequences, play), {
    ...options,
    runs: Math.ceil((2 * cases) / (MOST_REQUESTS + 1)),
  });
  return { requests, byStatus, accepted };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
