import { hrefOf } from "#src/ui/shell/route.ts";
import type { DefinitionFilter } from "./definitions-source.ts";

/** The address with another filter, or another definition; undefined takes one out. */
export function definitionsHref(
  query: URLSearchParams,
  change: Readonly<Record<string, string | undefined>> = {},
): string {
  return hrefOf("definitions", { ...Object.fromEntries(query), ...change });
}

/** The filter of an address. */
export function filterOf(query: URLSearchParams): DefinitionFilter {
  const [q, type, active] = [query.get("q"), query.get("type"), query.get("active")];
  return {
    ...(q ? { q } : {}),
    ...(type ? { agent_type: type } : {}),
    ...(active === "true" || active === "false" ? { is_active: active === "true" } : {}),
  };
}
