import type { ComponentChildren } from "preact";
import type { CostKey, CostRow } from "#src/domain/costs.ts";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { formatCount } from "#src/ui/parts/format.ts";
import { ScrollX } from "#src/ui/parts/scroll-x.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import type { Costs } from "./costs-source.ts";
import { BY, formatAmong, NO_KEY, sayCost } from "./words.ts";

/** Of an agent it is always one. */
const AGENTS: Readonly<Record<Exclude<CostKey, "agent">, string>> = {
  day: "Agents started",
  model: "Agents",
  definition: "Agents started",
  session: "Agents",
};

/** The numbers; a bar shows what a cost is of the largest. */
export function CostsTable({ by, rows, sessions }: Costs) {
  const most = Math.max(0, ...rows.map((row) => row.cost_usd ?? 0));
  const format = formatAmong(most);
  const hasUnknown = rows.some((row) => row.unknown_prompts > 0);
  return (
    <ScrollX label={`Costs by ${BY[by].toLowerCase()}`}>
      <table class="costs-table">
        <thead>
          <tr>
            <th scope="col">{by === "day" ? "Day (UTC)" : BY[by]}</th>
            <th scope="col" class="number">
              Cost
            </th>
            <th scope="col" class="costs-bars">
              <span class="visually-hidden">Share of the largest</span>
            </th>
            {by === "agent" ? null : (
              <th scope="col" class="number">
                {AGENTS[by]}
              </th>
            )}
            <th scope="col" class="number">
              Prompts
            </th>
            <th scope="col" class="number">
              Tokens in
            </th>
            <th scope="col" class="number">
              Tokens out
            </th>
            {hasUnknown ? (
              <th scope="col" class="number">
                Prompts of unknown price
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key ?? ""}>
              <th scope="row">
                <Key by={by} row={row} session={sessions.get(row.key ?? "")} />
              </th>
              <td class="number">{sayCost(row.cost_usd, row.unknown_prompts, format)}</td>
              <td class="costs-bars">
                <Share of={most} part={row.cost_usd ?? 0} />
              </td>
              {by === "agent" ? null : <td class="number">{formatCount(row.agents)}</td>}
              <td class="number">{formatCount(row.prompts)}</td>
              <td class="number">{formatCount(row.tokens_input)}</td>
              <td class="number">{formatCount(row.tokens_output)}</td>
              {hasUnknown ? <td class="number">{formatCount(row.unknown_prompts)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

function Share({ of, part }: { readonly of: number; readonly part: number }) {
  if (part === 0) return null;
  const percent = (part / of) * 100;
  return (
    <>
      <span class="costs-bar" aria-hidden="true" style={{ width: `${percent}%` }} />
      <span class="visually-hidden">{Math.round(percent)} %</span>
    </>
  );
}

type KeyProps = { readonly by: CostKey; readonly row: CostRow; readonly session: string | undefined };

/** What a row is of, with the way to it; an id stands beneath a name. */
function Key({ by, row: { key, name }, session }: KeyProps) {
  if (key === null) return <span class="muted">{NO_KEY[by]}</span>;
  if (by === "day") return <>{key}</>;
  const href = hrefOfKey(by, key, session);
  const text = <AgentLine text={by === "session" ? key : (name ?? key)} />;
  return (
    <>
      {href === null ? text : <a href={href}>{text}</a>}
      <Beneath>{by === "session" ? name : by === "agent" ? session : null}</Beneath>
    </>
  );
}

function Beneath({ children }: { readonly children: string | null | undefined }): ComponentChildren {
  return children ? (
    <span class="muted costs-beneath">
      <AgentLine text={children} />
    </span>
  ) : null;
}

function hrefOfKey(by: CostKey, key: string, session: string | undefined): string | null {
  if (by === "session") return hrefOf("session", { id: key });
  if (by === "definition") return hrefOf("definitions", { id: key });
  if (by !== "agent") return null;
  return session === undefined ? hrefOf("logs", { agent: key }) : hrefOf("session", { id: session, agent: key });
}
