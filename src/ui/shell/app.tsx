import { useEffect, useRef } from "preact/hooks";
import { useLink } from "#src/ui/store/use-store.ts";
import { LinkBanner } from "./link-banner.tsx";
import { Navigation } from "./navigation.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { TokenDialog } from "./token-dialog.tsx";
import { useRoute } from "./use-route.ts";
import { viewOf } from "./views.tsx";
import { Watchman } from "./watchman.tsx";

/** The frame of every view: where one can go, how the page is connected, and the view itself. */
export function App() {
  const { view, query } = useRoute();
  const { link } = useLink();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    main.current?.querySelector<HTMLElement>("h1")?.focus();
    scrollTo(0, 0);
  }, [view]);
  const { title, Component } = viewOf(view);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Navigation view={view} />
      <div class="page">
        <LinkBanner />
        <main id="main" ref={main} data-view={view ?? "nothing"}>
          <h1 tabIndex={-1} class={view === "session" ? "visually-hidden" : undefined}>
            {title}
          </h1>
          <Component query={query} />
        </main>
      </div>
      {link.state === "locked" ? <TokenDialog detail={link.detail} hadToken={link.hadToken} /> : null}
      <Shortcuts />
      <Watchman title={title} />
    </>
  );
}
