import type { BoardAgent } from "#src/domain/board.ts";

type Shown = Pick<BoardAgent, "status" | "quiet_since" | "lost">;

/** What colour and word stand for: a status, or that an alive agent has been silent for long. */
export function toneOf({ status, quiet_since, lost }: Shown): string {
  if (lost) return "lost";
  return quiet_since === null ? status : "quiet";
}

/** The status of an agent as a word with its colour; silence stands beside it, for it is no status. */
export function Status(agent: Shown) {
  const tone = toneOf(agent);
  return (
    <span class={`status status-${tone}`}>
      <span class="dot" aria-hidden="true" />
      {agent.status}
      {tone === agent.status ? null : ` · ${tone}`}
    </span>
  );
}
