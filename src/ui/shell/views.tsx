import type { ComponentType } from "preact";
import { lazy } from "./lazy.tsx";
import { NowView } from "#src/ui/now/now-view.tsx";
import { hrefOf, type View, type ViewProps } from "./route.ts";

type Shown = { readonly title: string; readonly Component: ComponentType<ViewProps> };

/** The views; all but the first are loaded when they are opened. */
const SHOWN: Readonly<Record<View, Shown>> = {
  now: { title: "Now", Component: NowView },
  sessions: {
    title: "Sessions",
    Component: lazy(async () => (await import("#src/ui/session/sessions-view.tsx")).SessionsView),
  },
  session: {
    title: "Session",
    Component: lazy(async () => (await import("#src/ui/session/session-view.tsx")).SessionView),
  },
  logs: { title: "Logs", Component: lazy(async () => (await import("#src/ui/logs/logs-view.tsx")).LogsView) },
  costs: { title: "Costs", Component: lazy(async () => (await import("#src/ui/costs/costs-view.tsx")).CostsView) },
  definitions: {
    title: "Definitions",
    Component: lazy(async () => (await import("#src/ui/definitions/definitions-view.tsx")).DefinitionsView),
  },
  system: { title: "System", Component: lazy(async () => (await import("#src/ui/system/system-view.tsx")).SystemView) },
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
