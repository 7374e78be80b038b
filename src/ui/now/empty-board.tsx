import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { lazy } from "#src/ui/shell/lazy.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import type { Source } from "#src/ui/store/source.ts";
import { useSource } from "#src/ui/store/use-store.ts";

/** Whether there was ever an agent. */
const ANY_SESSION: Source<boolean> = {
  key: "any-session",
  async load(client, options) {
    const { rows, seq } = await client.listSessions({ limit: 1 }, options);
    return { seq, value: rows.length > 0 };
  },
  reduce: (isAny, changes) => isAny || changes.some(({ type }) => type === "agent.created"),
};

const FirstRun = lazy(async () => (await import("#src/ui/first-run/first-run.tsx")).FirstRun);

/** Where nobody is to be shown: how to see somebody for the first time, or where to find those who were there. */
export function EmptyBoard() {
  const slice = useSource(ANY_SESSION);
  return (
    <SliceView slice={slice} what="the sessions">
      {(isAny) =>
        isAny ? (
          <p class="empty">
            No agent is alive, and none ended within the last hour.{" "}
            <a href={hrefOf("sessions")}>Look at past sessions</a>
          </p>
        ) : (
          <FirstRun />
        )
      }
    </SliceView>
  );
}
