import type { ViewProps } from "#src/ui/shell/route.ts";

export function SessionView(_: ViewProps) {
  return <p class="muted">Being built.</p>;
}
