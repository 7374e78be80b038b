import type { Database } from "bun:sqlite";

/** Runs a write in a durable transaction; its answer is given after COMMIT. */
export type Commit = (work: () => Response) => Promise<Response> | Response;

/** A transaction for each write, or one for all writes of a tick. */
export function createCommit(db: Database, mode: string): Commit {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const queue: { work: () => Response; resolve: (answer: Response) => void }[] = [];

  function each(work: () => Response): Response {
    begin.run();
    const answer = work();
    commit.run();
    return answer;
  }

  function flush(): void {
    const batch = queue.splice(0);
    begin.run();
    const answers = batch.map(({ work }) => work());
    commit.run();
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index]!);
  }

  function group(work: () => Response): Promise<Response> {
    const { promise, resolve } = Promise.withResolvers<Response>();
    if (queue.push({ work, resolve }) === 1) setImmediate(flush);
    return promise;
  }

  return mode === "each" ? each : group;
}
