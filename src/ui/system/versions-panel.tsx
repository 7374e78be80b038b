import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { formatCount, formatDuration } from "#src/ui/parts/format.ts";
import { useSource } from "#src/ui/store/use-store.ts";
import { HEALTH } from "./health-panel.tsx";
import { Fact, Facts, SystemPanel } from "./system-panel.tsx";
import { figures, useRefreshed } from "./use-refreshed.ts";

const FEED = figures("feed", (client, options) => client.listEvents({}, options));

/** What runs, since when, and which history it tells. */
export function VersionsPanel() {
  const { value: health } = useSource(HEALTH);
  const slice = useRefreshed(FEED);
  return (
    <SystemPanel title="Versions" slice={slice} what="the feed" scope="read">
      {({ feed, head_seq, oldest_seq }) => (
        <Facts>
          <Fact name="Server">{health?.version ?? "–"}</Fact>
          <Fact name="This page">{PAGE_VERSION}</Fact>
          <Fact name="Running for">
            {formatDuration(health === undefined ? null : Math.max(1, health.uptime_s) * 1000)}
          </Fact>
          <Fact name="Changes kept">
            {head_seq < oldest_seq ? "none" : `${formatCount(oldest_seq)} to ${formatCount(head_seq)}`}
          </Fact>
          <Fact name="History">
            <code>{feed}</code> <CopyButton text={feed} what="id of the history" />
          </Fact>
        </Facts>
      )}
    </SystemPanel>
  );
}
