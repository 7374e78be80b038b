import type { ViewProps } from "#src/ui/shell/route.ts";

export function CostsView(_: ViewProps) {
  return <p class="muted">Being built.</p>;
}
