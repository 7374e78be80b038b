import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure } from "#src/ui/parts/failure.tsx";

type Loaded<Props> = { readonly Component: ComponentType<Props> } | { readonly error: Error } | null;

/** A component whose script is loaded when it is drawn for the first time; says so when it cannot be. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [loaded, setLoaded] = useState<Loaded<Props>>(known === null ? null : { Component: known });
    useEffect(() => {
      async function fetchIt(): Promise<void> {
        try {
          known ??= await load();
          const Component = known;
          setLoaded({ Component });
        } catch (error) {
          setLoaded({ error: error as Error });
        }
      }
      if (known === null) void fetchIt();
    }, []);
    if (loaded === null) return <p class="muted loading">Loading…</p>;
    if ("error" in loaded) {
      const reload = () => location.reload();
      return <Failure error={loaded.error} what="A part of the page could not be loaded" onRetry={reload} />;
    }
    return <loaded.Component {...props} />;
  };
}
