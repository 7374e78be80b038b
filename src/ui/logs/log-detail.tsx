import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { visibleInJson } from "#src/domain/visible.ts";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentText } from "#src/ui/parts/agent-text.tsx";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { Failure } from "#src/ui/parts/failure.tsx";
import { jsonText } from "#src/ui/parts/json-text.ts";
import { Time, utcOf } from "#src/ui/parts/time.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { type LogFilter, queryOf } from "./log-filter.ts";
import type { LogRest, LogRow } from "./log-row.ts";
import { readLog } from "./read-log.ts";
import type { KnownAgent } from "./use-agents.ts";

type Props = {
  readonly row: LogRow;
  readonly agent: KnownAgent | undefined;
  /** Whether it was opened by a key, and takes the focus. */
  readonly takesFocus: boolean;
  readonly onClose: () => void;
};

/** All of one log. */
export function LogDetail({ row, agent, takesFocus, onClose }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { rest, error, retry } = useRest(row);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    <section class="logs-detail" aria-label={`Log ${row.id}`}>
      <div class="logs-detail-head">
        <h2 ref={heading} tabIndex={-1}>
          <span class={`logs-level logs-${row.level.toLowerCase()}`}>{row.level}</span> {row.type ?? "system log"}
        </h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <dl class="logs-facts">
        <Fact name="Time">
          <Time at={row.at} as="full" />
          {row.at === null ? null : (
            <span class="muted logs-utc">
              {utcOf(row.at)} · <a href={hrefOf("logs", queryOf(allUpTo(row)))}>All logs up to then</a>
            </span>
          )}
        </Fact>
        {row.agentId === null ? null : <AgentFacts row={row} id={row.agentId} agent={agent} />}
        {row.component === null ? null : (
          <Fact name="Component">
            <a href={hrefOf("logs", queryOf({ kind: "system", component: [row.component] }))} title="Only its logs">
              <AgentText text={row.component} />
            </a>
          </Fact>
        )}
      </dl>
      {error === null ? null : <Failure error={error} what="The whole log could not be read" onRetry={retry} />}
      <Part title="Message" copied={rest === undefined && error === null ? null : (rest ?? row).message}>
        <AgentText key={row.id} text={(rest ?? row).message} most={4_000} />
      </Part>
      <Details key={row.id} rest={rest} isOpen={error === null} />
    </section>
  );
}

function AgentFacts({
  row,
  id,
  agent,
}: {
  readonly row: LogRow;
  readonly id: string;
  readonly agent: KnownAgent | undefined;
}) {
  const session = row.sessionId ?? agent?.session_id;
  return (
    <>
      <Fact name="Agent">
        <a href={hrefOf("logs", { agent: id })} title="Only its logs">
          <AgentText text={agent === undefined ? id : nameOf(agent)} />
        </a>
      </Fact>
      {session === undefined ? null : (
        <Fact name="Session">
          <a href={hrefOf("session", { id: session, agent: id })}>
            <AgentText text={session} />
          </a>
        </Fact>
      )}
    </>
  );
}

function Details({ rest, isOpen }: { readonly rest: LogRest | null | undefined; readonly isOpen: boolean }) {
  if (rest === undefined) return isOpen ? <p class="muted">Reading the details…</p> : null;
  if (rest === null) return <p class="muted">This log is no longer stored, or has no time to find it by.</p>;
  if (rest.details === null) return <p class="muted">It has no details.</p>;
  const text = typeof rest.details === "string" ? rest.details : visibleInJson(jsonText(rest.details));
  return (
    <Part title="Details" copied={text}>
      <AgentText text={text} most={8_000} isCode />
    </Part>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type PartProps = {
  readonly title: string; /** Null while it is not there. */
  readonly copied: string | null;
  readonly children: ComponentChildren;
};

function Part({ title, copied, children }: PartProps) {
  return (
    <>
      <div class="logs-detail-head">
        <h3>{title}</h3>
        {copied === null ? null : <CopyButton key={copied} text={copied} what={title.toLowerCase()} />}
      </div>
      <div class="logs-text">{children}</div>
    </>
  );
}

/** What came before a log, whoever wrote it. */
function allUpTo({ millis, agentId }: LogRow): LogFilter {
  return { kind: agentId === null ? "system" : "agent", until: new Date(millis + 1).toISOString() };
}

type Rest = { readonly id: number; readonly rest?: LogRest | null; readonly error?: Error };

/** The whole message and the details: undefined while they are read, null when they are gone. */
function useRest(row: LogRow) {
  const store = useStore();
  const [read, setRead] = useState<Rest | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (row.rest !== null || row.at === null) return;
    const own = new AbortController();
    const give = (rest: Omit<Rest, "id">) => !own.signal.aborted && setRead({ id: row.id, ...rest });
    readLog(store.client, row, own).then(
      (rest) => give({ rest }),
      (error: Error) => give({ error }),
    );
    return () => own.abort();
  }, [row.id, attempt]);
  const isRead = read?.id === row.id;
  return {
    rest: row.rest ?? (row.at === null ? null : isRead ? read.rest : undefined),
    error: (isRead ? read.error : null) ?? null,
    retry: () => {
      setRead(null);
      setAttempt(attempt + 1);
    },
  };
}
