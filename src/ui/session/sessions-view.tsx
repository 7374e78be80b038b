import type { ViewProps } from "#src/ui/shell/route.ts";

export function SessionsView(_: ViewProps) {
  return <p class="muted">Being built.</p>;
}
