import type { ComponentType } from "preact";
import { lazy } from "./lazy.tsx";
import { NowView } from "#src/ui/now/now-view.tsx";
import { hrefOf, type View, type ViewProps } from "./route.ts";

type Shown = { readonly title: string; readonly Component: ComponentType<ViewProps> };

const others = () => import("./other-views.ts");

/** The views; all but the first come as one script, when the first of them is opened. */
const SHOWN: Readonly<Record<View, Shown>> = {
  now: { title: "Now", Component: NowView },
  sessions: { title: "Sessions", Component: lazy(async () => (await others()).SessionsView) },
  session: { title: "Session", Component: lazy(async () => (await others()).SessionView) },
  logs: { title: "Logs", Component: lazy(async () => (await others()).LogsView) },
  costs: { title: "Costs", Component: lazy(async () => (await others()).CostsView) },
  definitions: { title: "Definitions", Component: lazy(async () => (await others()).DefinitionsView) },
  system: { title: "System", Component: lazy(async () => (await others()).SystemView) },
};

const NOTHING: Shown = {
  title: "There is nothing here",
  Component: () => (
    <p>
      This address is no view of the dashboard. <a href={hrefOf("now")}>See what happens now</a>
    </p>
  ),
};

export function viewOf(view: View | null): Shown {
  return view === null ? NOTHING : SHOWN[view];
}
