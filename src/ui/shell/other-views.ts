/** All views but the first, as one script: together they pack into less, and who leaves the first goes to several. */
export { CostsView } from "#src/ui/costs/costs-view.tsx";
export { DefinitionsView } from "#src/ui/definitions/definitions-view.tsx";
export { LogsView } from "#src/ui/logs/logs-view.tsx";
export { SessionView } from "#src/ui/session/session-view.tsx";
export { SessionsView } from "#src/ui/session/sessions-view.tsx";
export { SystemView } from "#src/ui/system/system-view.tsx";
