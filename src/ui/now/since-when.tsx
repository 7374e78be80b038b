import { useNowAs, utcOf } from "#src/ui/parts/time.tsx";
import { type Lived, sinceOf, sinceText } from "./since.ts";

/** Since when an agent is as it is; the time itself on hover. */
export function SinceWhen({ agent }: { readonly agent: Lived }) {
  const since = sinceOf(agent);
  const { at } = since;
  const text = useNowAs((now) => (at === null ? "" : sinceText(since, now - Date.parse(at))));
  if (at === null) return <span>{since.what} at an unknown time</span>;
  return (
    <time dateTime={at} title={utcOf(at)}>
      {text}
    </time>
  );
}
