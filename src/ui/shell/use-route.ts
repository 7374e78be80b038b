import { useEffect, useState } from "preact/hooks";
import { keepPlace, newEntry, type Place, placeOf } from "./place.ts";
import { type Route, routeOf } from "./route.ts";

const listeners = new Set<() => void>();

/** Goes to an address of the page; `isSame` replaces the entry of the history, as a filter being typed does. */
export function navigate(href: string, { isSame = false } = {}): void {
  if (isSame) history.replaceState(history.state, "", href);
  else {
    keepPlace();
    history.pushState(newEntry(), "", href);
  }
  for (const listener of listeners) listener();
}

/** A route, and where in it somebody was who comes back to it. */
export type Shown = Route & { readonly place: Place | null };

/** The present route; the component is drawn again when it changes. */
export function useRoute(): Shown {
  const [route, setRoute] = useState<Shown>(() => ({ ...routeOf(location), place: null }));
  useEffect(() => {
    const update = () => setRoute({ ...routeOf(location), place: null });
    const comeBack = () => {
      keepPlace();
      setRoute({ ...routeOf(location), place: placeOf(history.state) });
    };
    // The browser would go there before what is shown has been read.
    history.scrollRestoration = "manual";
    placeOf(history.state);
    listeners.add(update);
    addEventListener("popstate", comeBack);
    return () => {
      listeners.delete(update);
      removeEventListener("popstate", comeBack);
    };
  }, []);
  return route;
}

/** Whether the browser is to follow a link itself: a new tab, a download, another page. */
function isBrowsers(event: MouseEvent, link: HTMLAnchorElement): boolean {
  if (event.defaultPrevented || event.button !== 0) return true;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return true;
  if (link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return true;
  return !/^\/dashboard(\/|$)/.test(link.pathname) || (link.hash !== "" && link.pathname === location.pathname);
}

/** Lets links to views change the view and not load the page again: ordinary `<a href>` is all that views need. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.("a[href]") as HTMLAnchorElement | null;
    if (link === null || link === undefined || isBrowsers(event, link)) return;
    event.preventDefault();
    if (link.href !== location.href) navigate(link.pathname + link.search);
  });
}
