import { hooksPath, Unmergeable } from "./agent.ts";
import { append, type JsonPath, type JsonText, nodeAt, removeAt } from "./json-edit.ts";

/** A group of hooks as Claude Code has them, and Codex and Gemini CLI after it. */
export type HookGroup = { readonly hooks: readonly [Readonly<Record<string, unknown>>] };

/** One group for each event. */
export type Hooks = Readonly<Record<string, HookGroup>>;

/** Whether a hook posts to an Orchestrator, wherever that is. */
function isOurs(handler: unknown, source: string): boolean {
  if (typeof handler !== "object" || handler === null) return false;
  const { command, url } = handler as { command?: unknown; url?: unknown };
  return [command, url].some((text) => typeof text === "string" && addressIn(text, source) !== null);
}

/** The address of the server that a hook's command or URL posts to. */
function addressIn(text: string, source: string): string | null {
  const [, address] = new RegExp(`(https?://[^\\s"']+?)${hooksPath(source)}(?=["'\\s]|$)`).exec(text) ?? [];
  return address ?? null;
}

/** The address that our hooks in a document post to; null when there are none. */
export function connectedAddress({ root }: JsonText, source: string): string | null {
  const [, address] =
    new RegExp(`(https?://[^\\s"'\\\\]+?)${hooksPath(source)}["'\\\\]`).exec(
      JSON.stringify(nodeAt(root, ["hooks"])?.value ?? null),
    ) ?? [];
  return address ?? null;
}

/** Puts our hooks in, each once; those that stand there as they should be stay where they are. */
export function connectHooks(document: JsonText, wanted: Hooks, source: string): JsonText {
  let changed = document;
  const missing: string[] = [];
  requireShape(document, Object.keys(wanted));
  for (const [event, group] of Object.entries(wanted)) {
    if (!holdsJust(changed, event, group, source)) missing.push(event);
  }
  const kept = new Set(Object.keys(wanted).filter((event) => !missing.includes(event)));
  changed = removeHooks(changed, source, kept);
  if (missing.length === 0) return changed;
  if (nodeAt(changed.root, ["hooks"]) === undefined) {
    return append(changed, [], "hooks", Object.fromEntries(missing.map((event) => [event, [wanted[event]]])));
  }
  for (const event of missing) {
    changed =
      nodeAt(changed.root, ["hooks", event]) === undefined
        ? append(changed, ["hooks"], event, [wanted[event]])
        : append(changed, ["hooks", event], null, wanted[event]);
  }
  return changed;
}

/** Takes our hooks out, but for those of some events, and what is empty then. */
export function removeHooks(document: JsonText, source: string, kept: ReadonlySet<string> = new Set()): JsonText {
  let changed = document;
  for (;;) {
    const path = ourPlaces(changed, source).find(([, event]) => !kept.has(event as string));
    if (path === undefined) return changed;
    changed = removeWithEmpty(changed, path);
  }
}

/** Takes out what stands at a path; a container that is empty then goes with it, the root stays. */
export function removeWithEmpty(document: JsonText, path: JsonPath): JsonText {
  const parent = path.slice(0, -1);
  const node = nodeAt(document.root, parent)!;
  // Of a group of hooks the list is what counts, not its matcher.
  const isLast = (node.members ?? node.items)!.length === 1 || (path.at(-1) === "hooks" && path.length > 1);
  return isLast && parent.length > 0 ? removeWithEmpty(document, parent) : removeAt(document, path);
}

function holdsJust(document: JsonText, event: string, group: HookGroup, source: string): boolean {
  const [place, ...more] = ourPlaces(document, source).filter(([, of]) => of === event);
  if (place === undefined || more.length > 0) return false;
  return Bun.deepEquals(nodeAt(document.root, place.slice(0, 3))!.value, group, true);
}

/** Paths of all handlers that are ours: `hooks`, event, group, `hooks`, handler. */
function ourPlaces({ root }: JsonText, source: string): JsonPath[] {
  const events = new Set((nodeAt(root, ["hooks"])?.members ?? []).map(({ key }) => key));
  return [...events].flatMap((event) =>
    (nodeAt(root, ["hooks", event])!.items ?? []).flatMap((group, place) =>
      (nodeAt(group, ["hooks"])?.items ?? []).flatMap((handler, index) =>
        isOurs(handler.value, source) ? [["hooks", event, place, "hooks", index]] : [],
      ),
    ),
  );
}

function requireShape({ root }: JsonText, events: readonly string[]): void {
  const hooks = nodeAt(root, ["hooks"]);
  if (hooks === undefined) return;
  if (hooks.members === undefined) throw new Unmergeable('its "hooks" are no object');
  for (const event of events) {
    const groups = nodeAt(hooks, [event]);
    if (groups !== undefined && groups.items === undefined) throw new Unmergeable(`its hooks of ${event} are no list`);
  }
}
