import { ConnectionsPanel } from "./connections-panel.tsx";
import { HealthPanel } from "./health-panel.tsx";
import { PageToken } from "./page-token.tsx";
import { StoragePanel } from "./storage-panel.tsx";
import { TokensPanel } from "./tokens-panel.tsx";
import { VersionsPanel } from "./versions-panel.tsx";

/** The server itself: whether it is well, what it holds, who may use it. */
export function SystemView() {
  return (
    <div class="system">
      <div class="system-column">
        <HealthPanel />
        <StoragePanel />
      </div>
      <div class="system-column">
        <TokensPanel />
        <PageToken />
        <ConnectionsPanel />
        <VersionsPanel />
      </div>
    </div>
  );
}
