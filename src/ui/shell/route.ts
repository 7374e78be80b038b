const VIEWS = ["now", "sessions", "session", "logs", "costs", "definitions", "system"] as const;
export type View = (typeof VIEWS)[number];

/** Where in the page one is: a view, and what it shows. */
export type Route = { readonly view: View | null; readonly query: URLSearchParams };

const BASE = "/dashboard";

export function routeOf({ pathname, search }: Pick<Location, "pathname" | "search">): Route {
  const name = pathname.slice(BASE.length).replace(/^\/|\/$/g, "") || "now";
  return { view: VIEWS.find((view) => view === name) ?? null, query: new URLSearchParams(search) };
}

/** The address of a view: what is undefined or empty is left out of its query. */
export function hrefOf(view: View, query: Readonly<Record<string, string | undefined>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const text = parameters.toString();
  return (view === "now" ? BASE : `${BASE}/${view}`) + (text === "" ? "" : `?${text}`);
}

/** What every view is given: the query of its address, in which it keeps what is worth sharing. */
export type ViewProps = { readonly query: URLSearchParams };
