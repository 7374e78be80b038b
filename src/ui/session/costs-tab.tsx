import { useMemo, useState } from "preact/hooks";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatUsd } from "#src/ui/parts/format.ts";
import { ScrollX } from "#src/ui/parts/scroll-x.tsx";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { useSource } from "#src/ui/store/use-store.ts";
import { type AgentRow, agentRows, below } from "./agent-rows.ts";
import { type SessionCosts, sessionCostsSource } from "./costs-source.ts";
import type { TabProps } from "./prompts-tab.tsx";
import type { SessionAgent } from "./session-source.ts";

const ROWS = 200;
/** What agents took is told of so many of a session, the newest. */
const MOST_KNOWN = 1_000;

/** What a session took, by agent and by model. */
export function CostsTab({ sessionId, agents, selected, onSelect }: TabProps) {
  const slice = useSource(useMemo(() => sessionCostsSource(sessionId, selected), [sessionId, selected]));
  const rows = useMemo(() => {
    const all = agentRows(agents.values());
    return selected === null ? all : below(all, selected);
  }, [agents, selected]);
  return (
    <div class="session-costs">
      <section>
        <h3>By agent</h3>
        <ByAgent rows={rows} onSelect={onSelect} />
      </section>
      <section>
        <h3>By model</h3>
        <SliceView slice={slice} what="what models cost">
          {(costs) => <ByModel costs={costs} />}
        </SliceView>
      </section>
    </div>
  );
}

type ByAgentProps = { readonly rows: readonly AgentRow<SessionAgent>[]; readonly onSelect: (id: string) => void };

function ByAgent({ rows, onSelect }: ByAgentProps) {
  const [most, setMost] = useState(ROWS);
  const sums = useMemo(() => withBelow(rows), [rows]);
  const unknown = rows.length <= MOST_KNOWN ? 0 : rows.filter(({ agent }) => agent.prompts === null).length;
  const hasLevels = rows.some(({ level }) => level > (rows[0]?.level ?? 1));
  return (
    <>
      <ScrollX label="Cost and tokens by agent">
        <table>
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <Numbers
                names={["Cost", ...(hasLevels ? ["With its sub-agents"] : []), "Prompts", "Tokens in", "Tokens out"]}
              />
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map(({ agent, level }) => (
              <tr key={agent.id}>
                <th
                  scope="row"
                  style={{ paddingInlineStart: `${10 + Math.min(8, level - (rows[0]?.level ?? 1)) * 14}px` }}
                >
                  <button type="button" class="link session-of" onClick={() => onSelect(agent.id)}>
                    <AgentLine text={nameOf(agent)} />
                  </button>
                </th>
                <td class="number">{formatUsd(agent.cost_usd)}</td>
                {hasLevels ? <td class="number">{formatUsd(sums.get(agent.id) ?? null)}</td> : null}
                <td class="number">{formatCount(agent.prompts)}</td>
                <td class="number">{formatCount(agent.tokens_input)}</td>
                <td class="number">{formatCount(agent.tokens_output)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      {unknown === 0 ? null : (
        <p class="muted session-note">
          Prompts and tokens are known of the newest {formatCount(MOST_KNOWN)} agents of a session: here not of{" "}
          {formatCount(unknown)}.
        </p>
      )}
      {rows.length > most ? (
        <p class="actions">
          <button type="button" onClick={() => setMost(most + ROWS * 5)}>
            Show more agents
          </button>
        </p>
      ) : null}
    </>
  );
}

/** What each agent cost with all below it in this session. */
function withBelow(rows: readonly AgentRow<SessionAgent>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  const path: { readonly id: string; readonly level: number }[] = [];
  for (const { agent, level } of rows) {
    while (path.length > 0 && path.at(-1)!.level >= level) path.pop();
    path.push({ id: agent.id, level });
    for (const { id } of path) sums.set(id, (sums.get(id) ?? 0) + agent.cost_usd);
  }
  return sums;
}

function Numbers({ names }: { readonly names: readonly string[] }) {
  return (
    <>
      {names.map((name) => (
        <th key={name} scope="col" class="number">
          {name}
        </th>
      ))}
    </>
  );
}

function ByModel({ costs }: { readonly costs: SessionCosts }) {
  const { byModel, sources, agent, read, roots } = costs;
  const unknown = sources.unknown_prompts;
  return (
    <>
      {byModel.length === 0 ? (
        <p class="empty">Nothing has been used yet.</p>
      ) : (
        <ScrollX label="Cost and tokens by model">
          <table>
            <thead>
              <tr>
                <th scope="col">Model</th>
                <Numbers names={["Cost", "Prompts", "Tokens in", "Of these cached", "Tokens out"]} />
              </tr>
            </thead>
            <tbody>
              {byModel.map((row) => (
                <tr key={row.model ?? ""}>
                  <th scope="row">
                    {row.model === null ? <span class="muted">Not told by model</span> : <AgentLine text={row.model} />}
                  </th>
                  <td class="number">{formatUsd(row.cost_usd)}</td>
                  <td class="number">{formatCount(row.prompts)}</td>
                  <td class="number">{formatCount(row.tokens_input)}</td>
                  <td class="number">{formatCount(row.tokens_cache_read)}</td>
                  <td class="number">{formatCount(row.tokens_output)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
      <p class="muted session-note">
        {agent === null ? "Agents with all below them" : "This agent with all below it"}
        {roots > read ? `, of ${formatCount(roots)} agents the first ${formatCount(read)} only` : ""}.{" "}
        {formatUsd(sources.reported)} were reported by who made the calls, {formatUsd(sources.computed)} computed from
        prices.
        {unknown > 0
          ? ` The price of ${formatCount(unknown)} ${unknown === 1 ? "prompt" : "prompts"} is not known: the cost is at least this.`
          : ""}
      </p>
    </>
  );
}
