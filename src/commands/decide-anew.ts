import { DecisionOutdated } from "#src/database/manager.ts";
import { Problem } from "#src/domain/problem.ts";

const ATTEMPTS = 3;

/** Loads, decides and writes; when the state moved in between, all of it anew. After three times it is a conflict. */
export async function decideAnew<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DecisionOutdated)) throw error;
    }
  }
  throw new Problem("conflict", "The row kept changing while this was decided. Read it and try again.");
}
