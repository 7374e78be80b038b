import type { BoardAgent } from "#src/domain/board.ts";
import { formatShort, formatUsd } from "#src/ui/parts/format.ts";
import { countOf, type Group } from "./groups.ts";

/** The board in two sentences and what comes first of it: `2 need you`, or that nobody does, and `3 failed`, if any did. */
export type Summary = {
  readonly needs: string;
  readonly failed: string;
  readonly others: string;
  readonly took: string;
};

export function summaryOf(agents: readonly BoardAgent[]): Summary {
  const count = countOf(agents);
  const others = (["working", "idle", "silent", "finished"] as const)
    .filter((group) => count[group] > 0)
    .map((group) => `${count[group]} ${WORDS[group](count[group] === 1)}`);
  const needs = count.needs === 0 ? "Nobody waits for you" : `${count.needs} ${WORDS.needs(count.needs === 1)}`;
  const failed = count.failed === 0 ? "" : `${count.failed} failed`;
  return { needs, failed, others: others.join(", "), took: tookOf(agents) };
}

const WORDS: Readonly<Record<Exclude<Group, "failed">, (isOne: boolean) => string>> = {
  needs: (isOne) => (isOne ? "needs you" : "need you"),
  working: (isOne) => (isOne ? "works" : "work"),
  idle: (isOne) => (isOne ? "is idle" : "are idle"),
  silent: (isOne) => (isOne ? "is quiet or lost" : "are quiet or lost"),
  finished: () => "ended within the last hour",
};

/** From the start of each agent on: what they took in the last hour alone, the board does not know. */
function tookOf(agents: readonly BoardAgent[]): string {
  let [cost, tokens] = [0, 0];
  for (const agent of agents) {
    cost += agent.cost_usd;
    tokens += agent.tokens_input + agent.tokens_output;
  }
  return `${formatShort(tokens)} tokens and ${formatUsd(cost)} since they started`;
}
