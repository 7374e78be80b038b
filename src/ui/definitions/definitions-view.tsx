import type { ViewProps } from "#src/ui/shell/route.ts";

export function DefinitionsView(_: ViewProps) {
  return <p class="muted">Being built.</p>;
}
