import { useMemo, useRef } from "preact/hooks";
import type { Client } from "#src/client/client.ts";
import type { Session } from "#src/domain/session.ts";
import { idText } from "#src/ui/parts/agent-name.ts";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatShort, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { hrefOf, type ViewProps } from "#src/ui/shell/route.ts";
import { navigate } from "#src/ui/shell/use-route.ts";
import { useLatestSource } from "#src/ui/store/use-store.ts";
import { Ago } from "./ago.tsx";
import { MoreButton } from "./more-button.tsx";
import { AgentCounts } from "./session-head.tsx";
import { RANGES, readMore, type Sessions, sessionsSource, withMore } from "./sessions-source.ts";
import { useRowKeys } from "./use-row-keys.ts";

/** All sessions, the last active first. */
export function SessionsView({ query }: ViewProps) {
  const since = query.get("since");
  const slice = useLatestSource(useMemo(() => sessionsSource(since), [since]));
  return (
    <>
      <div class="toolbar">
        <label class="session-range">
          Active in
          <select
            value={since ?? ""}
            onChange={(event) => navigate(hrefOf("sessions", { since: event.currentTarget.value }), { isSame: true })}
          >
            <option value="">any time</option>
            {Object.entries(RANGES).map(([value, { label }]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
            {since === null || since in RANGES ? null : <option value={since}>since {since}</option>}
          </select>
        </label>
      </div>
      <SliceView slice={slice} what="the sessions">
        {(sessions) =>
          sessions.rows.length === 0 && sessions.cursor === null ? (
            <Nothing isNarrowed={since !== null} />
          ) : (
            <>
              <Table sessions={sessions} />
              <MoreButton
                value={sessions}
                what="sessions"
                read={(client: Client, value: Sessions) => readMore(client, since, value)}
                onRead={(more) => slice.put((value) => withMore(value, more))}
              />
            </>
          )
        }
      </SliceView>
    </>
  );
}

function Nothing({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return isNarrowed ? (
    <p class="empty">
      No session was active then. <a href={hrefOf("sessions")}>Show those of any time</a>
    </p>
  ) : (
    <p class="empty">
      No sessions yet. One begins with the first agent that names it: <a href={hrefOf("now")}>see how to connect one</a>
    </p>
  );
}

function Table({ sessions }: { readonly sessions: Sessions }) {
  const table = useRef<HTMLTableElement>(null);
  useRowKeys(table);
  return (
    <table class="session-list" role="table" ref={table}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader">Session</th>
          <th role="columnheader">Agents</th>
          <th role="columnheader" class="number">
            Prompts
          </th>
          <th role="columnheader" class="number">
            Tokens in / out
          </th>
          <th role="columnheader" class="number">
            Cost
          </th>
          <th role="columnheader">Began</th>
          <th role="columnheader">Last activity</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {sessions.rows.map((session) => (
          <Row key={session.session_id} session={session} />
        ))}
      </tbody>
    </table>
  );
}

/** Rows are read again and again: those that say the same are not drawn again. */
const Row = memo(
  function Row({ session }: { readonly session: Session }) {
    const { session_id: id, agents, prompts, tokens_input, tokens_output, cost_usd } = session;
    return (
      <tr role="row">
        <th role="rowheader">
          <a href={hrefOf("session", { id })} data-row>
            <AgentLine text={idText(id)} />
          </a>
        </th>
        <td role="cell" class="session-wide">
          <AgentCounts agents={agents} />
        </td>
        <td role="cell" class="number" data-label="Prompts">
          {formatCount(prompts)}
        </td>
        <td
          role="cell"
          class="number"
          data-label="Tokens"
          title={`${formatCount(tokens_input)} in, ${formatCount(tokens_output)} out`}
        >
          {formatShort(tokens_input)} / {formatShort(tokens_output)}
        </td>
        <td role="cell" class="number" data-label="Cost">
          {formatUsd(cost_usd)}
        </td>
        <td role="cell" data-label="Began">
          <Time at={session.first_activity_at} />
        </td>
        <td role="cell" data-label="Last activity">
          <Ago at={session.last_activity_at} />
        </td>
      </tr>
    );
  },
  (before, after) => JSON.stringify(before.session) === JSON.stringify(after.session),
);
