import { ApiError } from "#src/client/client.ts";
import type { Health } from "#src/domain/health.ts";
import { AgentText } from "#src/ui/parts/agent-text.tsx";
import { tellHealth, type Told } from "./health-words.ts";
import { SystemPanel } from "./system-panel.tsx";
import { figures, useRefreshed } from "./use-refreshed.ts";

/** An unhealthy server says so with 503, and what is wrong. */
export const HEALTH = figures("health", async (client, options): Promise<Health> => {
  try {
    return await client.getHealth(options);
  } catch (error) {
    if (error instanceof ApiError && error.problem["checks"] !== undefined) return error.problem as unknown as Health;
    throw error;
  }
});

/** Whether the server works, check by check. */
export function HealthPanel() {
  const slice = useRefreshed(HEALTH);
  return (
    <SystemPanel title="Health" slice={slice} what="the health" scope="read">
      {(health) => (
        <ul class="system-checks">
          {tellHealth(health.checks).map((told) => (
            <Check key={told.name} {...told} />
          ))}
        </ul>
      )}
    </SystemPanel>
  );
}

const TONES = { ok: "completed", degraded: "waiting", failed: "failed" } as const;

function Check({ name, status, says, advice }: Told) {
  return (
    <li>
      <span class="system-check">{name}</span>
      <span class={`status status-${TONES[status]}`}>
        <span class="dot" aria-hidden="true" />
        {status}
      </span>
      <span class="system-says">
        <AgentText text={says} />
        {advice === null ? null : (
          // What is to be typed stands between backticks.
          <span class="system-advice">
            {advice.split("`").map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}
          </span>
        )}
      </span>
    </li>
  );
}
