import type { ViewProps } from "#src/ui/shell/route.ts";

export function LogsView(_: ViewProps) {
  return <p class="muted">Being built.</p>;
}
