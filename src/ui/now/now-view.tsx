import { useEffect, useMemo, useRef } from "preact/hooks";
import { announce } from "#src/ui/parts/announce.ts";
import { serverNow } from "#src/ui/parts/server-time.ts";
import { formatCount } from "#src/ui/parts/format.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { useNowAs } from "#src/ui/parts/time.tsx";
import { plainNameOf } from "#src/ui/shell/notify.ts";
import { hrefOf, type ViewProps } from "#src/ui/shell/route.ts";
import { navigate } from "#src/ui/shell/use-route.ts";
import { BOARD, type Board, MOST_ON_BOARD } from "#src/ui/store/board.ts";
import { useSource } from "#src/ui/store/use-store.ts";
import { AgentCard } from "./agent-card.tsx";
import { EmptyBoard } from "./empty-board.tsx";
import { useShownCards } from "./first-picture.ts";
import { type Card, type Group, groupAgents, GROUPS } from "./groups.ts";
import { NotifyButton } from "./notify-button.tsx";
import { openCard } from "./open-card.ts";
import { type Summary, summaryOf } from "./summary.ts";
import { useCardKeys } from "./use-card-keys.ts";
import { useKeptFocus } from "./use-kept-focus.ts";

/** How exactly an agent that ended an hour before is taken off. */
const CLEAN_UP_MS = 10_000;

const TITLES: Readonly<Record<Group, string>> = {
  needs: "Needs you",
  failed: "Failed",
  working: "Working",
  idle: "Idle",
  silent: "Quiet or lost",
  finished: "Just finished",
};

/** Who needs somebody, who works on what, what it took. */
export function NowView({ query }: ViewProps) {
  const slice = useSource(BOARD);
  const wasEmpty = useRef(false);
  const size = slice.value?.size;
  useEffect(() => {
    const first = slice.value?.values().next().value;
    if (wasEmpty.current && first !== undefined) announce(`An agent has arrived: ${plainNameOf(first)}`);
    if (size !== undefined) wasEmpty.current = size === 0;
  }, [size]);
  return (
    <SliceView slice={slice} what="the agents">
      {(board) => (board.size === 0 ? <EmptyBoard /> : <Groups board={board} filter={query.get("q") ?? ""} />)}
    </SliceView>
  );
}

function Groups({ board, filter }: { readonly board: Board; readonly filter: string }) {
  const moment = useNowAs((now) => Math.floor(now / CLEAN_UP_MS));
  const grouped = useMemo(() => groupAgents(board.values(), serverNow(), filter), [board, filter, moment]);
  const shown = useShownCards(grouped.cards);
  const cards = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useCardKeys(cards, field);
  useKeptFocus(cards);
  // Who is removed from those that were read makes no room for others.
  const isCut = useRef(false);
  isCut.current ||= board.size >= MOST_ON_BOARD;
  const { agents, count } = grouped;
  if (agents.length === 0) return <EmptyBoard />;
  return (
    <div ref={cards} onClick={openCard}>
      <div class="toolbar now-toolbar">
        <Told summary={summaryOf(agents)} />
        <input
          ref={field}
          type="search"
          aria-label="Filter by name, definition, session or status"
          placeholder="Filter by name, session, status"
          value={filter}
          onInput={(event) => navigate(hrefOf("now", { q: event.currentTarget.value }), { isSame: true })}
        />
        <NotifyButton />
      </div>
      {isCut.current ? (
        <p class="notice">
          The newest {formatCount(MOST_ON_BOARD)} agents are shown and counted here, and whoever waits. There may be
          others.
        </p>
      ) : null}
      {GROUPS.some((group) => count[group] > 0) ? null : (
        <p class="empty">
          No agent of the last hour matches this filter.{" "}
          <a href={hrefOf("now")} onClick={() => field.current?.focus()}>
            Show all
          </a>
        </p>
      )}
      {GROUPS.map((group) =>
        shown[group].length === 0 ? null : (
          <GroupOfCards key={group} group={group} count={count[group]} cards={shown[group]} />
        ),
      )}
    </div>
  );
}

function Told({ summary: { needs, failed, others, took } }: { readonly summary: Summary }) {
  return (
    <p class="now-told">
      <strong>{needs}</strong>
      {failed === "" ? null : (
        <>
          , <a href={hrefOf("now", { q: "failed" })}>{failed}</a>
        </>
      )}
      {others === "" ? "." : `; ${others}.`} <span class="muted">{took}.</span>
    </p>
  );
}

type GroupProps = { readonly group: Group; readonly count: number; readonly cards: readonly Card[] };

function GroupOfCards({ group, count, cards }: GroupProps) {
  const id = `now-${group}`;
  return (
    <section class={`now-group now-group-${group}`} aria-labelledby={id}>
      <h2>
        <span id={id}>{TITLES[group]}</span> <span class="now-number">{count}</span>
      </h2>
      <ul class="now-cards">
        {cards.map((card) => (
          <AgentCard key={card.tree.agent.id} {...card} />
        ))}
      </ul>
    </section>
  );
}
