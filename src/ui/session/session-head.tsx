import type { ComponentChildren } from "preact";
import type { Session } from "#src/domain/session.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import { idText } from "#src/ui/parts/agent-name.ts";
import { AgentText } from "#src/ui/parts/agent-text.tsx";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { formatCount, formatUsd } from "#src/ui/parts/format.ts";
import { Time } from "#src/ui/parts/time.tsx";
import { Ago } from "./ago.tsx";
import { budgetOf } from "./budget.ts";

/** What a session is, and what it has taken so far. */
export function SessionHead({ totals }: { readonly totals: Session }) {
  const { session_id, agents, prompts, tokens_input, tokens_output, cost_usd } = totals;
  return (
    <header class="session-head">
      <div class="session-title">
        <h2>
          <span class="muted">Session </span>
          <AgentText text={idText(session_id)} most={300} />
        </h2>
        <CopyButton text={session_id} what="session id" />
      </div>
      <AgentCounts agents={agents} />
      <dl class="session-figures">
        <Figure label="Cost">{formatUsd(cost_usd)}</Figure>
        <Budget totals={totals} />
        <Figure label="Agents">{formatCount(agents.total)}</Figure>
        <Figure label="Prompts">{formatCount(prompts)}</Figure>
        <Figure label="Tokens in">{formatCount(tokens_input)}</Figure>
        <Figure label="Tokens out">{formatCount(tokens_output)}</Figure>
        <Figure label="Began">
          <Time at={totals.first_activity_at} />
        </Figure>
        <Figure label="Last activity">
          <Ago at={totals.last_activity_at} />
        </Figure>
      </dl>
    </header>
  );
}

function Figure({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** How many agents are in which state; those that wait for somebody first. */
export function AgentCounts({ agents }: Pick<Session, "agents">) {
  const { by_status, quiet, lost } = agents;
  const counts = ORDER.flatMap((status) => {
    const count = by_status[status] ?? 0;
    return count === 0 ? [] : [{ tone: status as string, count }];
  });
  const silent = [
    { tone: "quiet", count: quiet },
    { tone: "lost", count: lost },
  ].filter(({ count }) => count > 0);
  return (
    <ul class="session-counts" aria-label="Agents by status">
      {[...counts, ...silent].map(({ tone, count }) => (
        <li key={tone} class={`status status-${tone}`}>
          <span class="dot" aria-hidden="true" />
          {formatCount(count)} {tone}
        </li>
      ))}
    </ul>
  );
}

const ORDER = ["waiting" as const, ...AGENT_STATUSES.filter((status) => status !== "waiting")];

function Budget({ totals }: { readonly totals: Session }) {
  const budget = budgetOf(totals);
  if (budget === null) return null;
  const percent = Math.floor(budget.share * 100);
  return (
    <div class={budget.share >= 1 ? "session-bad" : undefined}>
      <dt>Budget</dt>
      <dd>
        {formatUsd(budget.most)}{" "}
        <progress max={1} value={Math.min(1, budget.share)} aria-label="Part of the budget that is spent" />{" "}
        <span class="session-small">
          {percent} % spent{budget.share >= 1 ? ": exceeded" : ""}
        </span>
      </dd>
    </div>
  );
}
