import { useState } from "preact/hooks";
import { Countdown } from "#src/ui/parts/failure.tsx";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import type { Cut, Link } from "#src/ui/store/link.ts";
import { useLink } from "#src/ui/store/use-store.ts";

const CUT: Readonly<Record<Cut["reason"], string>> = {
  pruned: "This page was away for longer than changes are kept",
  ahead: "The server's history is shorter than what this page has seen: it may have been restored",
  replaced: "The server has another history: its database was replaced or restored",
};

/** How live the page is, always in the same place; it says more when what is shown may be old. */
export function LinkBanner({ onToken }: { readonly onToken: () => void }) {
  const { link, cut } = useLink();
  const [seen, setSeen] = useState<Cut | null>(null);
  return (
    <>
      <div class={`link link-${link.state}`} data-link={link.state}>
        <span role="status">
          <Told link={link} />
        </span>
        {link.state === "down" ? (
          <span>
            Trying again in <Countdown to={link.retryAt} />. <span class="muted">{plainText(link.why)}</span>
          </span>
        ) : null}
        {link.state === "refused" ? (
          <button type="button" onClick={onToken}>
            {link.hadToken ? "Use another token" : "Give a token"}
          </button>
        ) : null}
      </div>
      {cut === null || cut === seen ? null : (
        <div class="notice" role="status">
          <p>
            {CUT[cut.reason]}. Everything was read anew at <Time at={new Date(cut.at).toISOString()} />; what happened
            in between is not shown as news.
          </p>
          <button type="button" onClick={() => setSeen(cut)}>
            Dismiss
          </button>
        </div>
      )}
      {link.state === "live" && link.version !== PAGE_VERSION ? (
        <div class="notice" role="status">
          <p>
            The server is now version {link.version}, this page is of {PAGE_VERSION}.
          </p>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      ) : null}
    </>
  );
}

/** The one sentence that is read out. What counts down stands beside it. */
function Told({ link }: { readonly link: Link }) {
  switch (link.state) {
    case "live":
      return <>Live</>;
    case "connecting":
      return <>Connecting…</>;
    case "resting":
      return <>Paused while hidden</>;
    case "locked":
      return <>Not live: the server asks for a token</>;
    case "refused":
      return <>Not live: {link.detail}</>;
    case "down":
      return (
        <>
          Not live since <Time at={new Date(link.since).toISOString()} />: what is shown may be old.
        </>
      );
  }
}
