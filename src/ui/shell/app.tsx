import { useEffect, useRef, useState } from "preact/hooks";
import { useLink } from "#src/ui/store/use-store.ts";
import { Bounded } from "./bounded.tsx";
import { LinkBanner } from "./link-banner.tsx";
import { Navigation } from "./navigation.tsx";
import { returnTo } from "./place.ts";
import { Shortcuts } from "./shortcuts.tsx";
import { TokenDialog } from "./token-dialog.tsx";
import { useRoute } from "./use-route.ts";
import { viewOf } from "./views.tsx";
import { Watchman } from "./watchman.tsx";

/** The frame of every view: where one can go, how the page is connected, and the view itself. */
export function App() {
  const { view, query, place } = useRoute();
  const { link } = useLink();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    const isOther = shown.current !== view;
    shown.current = view;
    if (isOther) main.current?.querySelector<HTMLElement>("h1")?.focus();
    if (place !== null) return returnTo(place, main.current!);
    if (isOther) scrollTo(0, 0);
  }, [view, place]);
  const { title, Component } = viewOf(view);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Navigation view={view} />
      <div class="page">
        <LinkBanner onToken={() => setAsked(true)} />
        <main id="main" ref={main} data-view={view ?? "nothing"}>
          <h1 tabIndex={-1} class={view === "session" ? "visually-hidden" : undefined}>
            {title}
          </h1>
          <Bounded key={view} address={query.toString()}>
            <Component query={query} />
          </Bounded>
        </main>
      </div>
      {link.state === "locked" ? <TokenDialog detail={link.detail} hadToken={link.hadToken} /> : null}
      {link.state === "refused" && isAsked ? (
        <TokenDialog detail={link.detail} hadToken={link.hadToken} onClose={() => setAsked(false)} />
      ) : null}
      <Shortcuts />
      <Watchman title={title} />
    </>
  );
}
