import { useCallback, useMemo } from "preact/hooks";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentLine, AgentText } from "#src/ui/parts/agent-text.tsx";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { hrefOf, type ViewProps } from "#src/ui/shell/route.ts";
import { navigate } from "#src/ui/shell/use-route.ts";
import { useTitle } from "#src/ui/shell/use-title.ts";
import { useSource } from "#src/ui/store/use-store.ts";
import { AgentHead } from "./agent-head.tsx";
import { AgentsPanel } from "./agents-panel.tsx";
import { CostsTab } from "./costs-tab.tsx";
import { LogsTab } from "./logs-tab.tsx";
import { PromptsTab } from "./prompts-tab.tsx";
import { SessionHead } from "./session-head.tsx";
import { type SessionState, sessionSource } from "./session-source.ts";
import { useSelectionFocus } from "./use-selection-focus.ts";

const TABS = { prompts: "Prompts", logs: "Logs", costs: "Cost and tokens" } as const;
type Tab = keyof typeof TABS;

/** One session: `?id=`, narrowed to an agent by `agent=`. */
export function SessionView({ query }: ViewProps) {
  const id = query.get("id") ?? "";
  if (id === "")
    return (
      <p class="empty">
        This address names no session. <a href={hrefOf("sessions")}>See all sessions</a>
      </p>
    );
  return <OneSession key={id} id={id} query={query} />;
}

function OneSession({ id, query }: ViewProps & { readonly id: string }) {
  const slice = useSource(useMemo(() => sessionSource(id), [id]));
  useTitle(id);
  return (
    <SliceView slice={slice} what="the session">
      {(state) => (state === null ? <NoSession id={id} /> : <Known state={state} query={query} />)}
    </SliceView>
  );
}

function NoSession({ id }: { readonly id: string }) {
  return (
    <div class="empty">
      <p>
        There is no session <AgentText text={id} most={300} isCode />. It is shown here as soon as an agent of it
        starts.
      </p>
      <p>
        <a href={hrefOf("sessions")}>See all sessions</a>
      </p>
    </div>
  );
}

function Known({ state, query }: ViewProps & { readonly state: SessionState }) {
  const { totals, agents } = state;
  const id = totals.session_id;
  const asked = query.get("agent");
  const selected = asked !== null && agents.has(asked) ? asked : null;
  const tab = (Object.keys(TABS) as Tab[]).find((name) => name === query.get("tab")) ?? "prompts";
  const address = (change: Readonly<Record<string, string | undefined>>) =>
    hrefOf("session", { ...Object.fromEntries(query), id, ...change });
  const onNarrow = (change: Readonly<Record<string, string | undefined>>) =>
    navigate(address(change), { isSame: true });
  const onSelect = useCallback(
    (agent: string) => onNarrow({ agent: agent === selected ? undefined : agent }),
    [query.toString(), selected],
  );
  useSelectionFocus(selected);
  const tabProps = { sessionId: id, agents, selected, onSelect };
  return (
    <div class="session-view">
      <SessionHead totals={totals} />
      {asked !== null && selected === null ? (
        <p class="notice" role="status">
          <span>
            There is no agent <AgentText text={asked} most={100} /> in this session: all of it is shown.
          </span>
        </p>
      ) : null}
      {selected === null ? null : <AgentHead agent={agents.get(selected)!} logs={address({ tab: "logs" })} />}
      <AgentsPanel state={state} selected={selected} onSelect={onSelect} hasRowKeys={tab !== "logs"} />
      <div class="toolbar session-tabs">
        <nav class="choice" aria-label="What is shown of the session">
          {(Object.keys(TABS) as Tab[]).map((name) => (
            <a key={name} href={address({ tab: name })} aria-current={name === tab ? "true" : undefined}>
              {TABS[name]}
            </a>
          ))}
        </nav>
        {selected === null ? null : (
          <span class="session-only">
            Only of <AgentLine text={nameOf(agents.get(selected)!)} />
            <button type="button" onClick={() => onNarrow({ agent: undefined })}>
              Show all agents
            </button>
          </span>
        )}
      </div>
      <h2 class="visually-hidden">{TABS[tab]}</h2>
      {tab === "prompts" ? <PromptsTab {...tabProps} /> : null}
      {tab === "logs" ? (
        <LogsTab sessionId={id} agents={agents} selected={selected} query={query} onNarrow={onNarrow} />
      ) : null}
      {tab === "costs" ? <CostsTab {...tabProps} /> : null}
    </div>
  );
}
