import { formatAgo } from "#src/ui/parts/format.ts";
import { useNow, utcOf } from "#src/ui/parts/time.tsx";

/** How long ago something was, as one says it: `now`, `5 min ago`; a dash where that is not known. */
export function Ago({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="muted">–</span>;
  return (
    <time dateTime={at} title={utcOf(at)}>
      <Said at={Date.parse(at)} />
    </time>
  );
}

function Said({ at }: { readonly at: number }) {
  const text = formatAgo(Math.max(0, useNow() - at));
  return <>{text === "now" ? text : `${text} ago`}</>;
}
