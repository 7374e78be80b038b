import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure } from "#src/ui/parts/failure.tsx";
import { PACE } from "#src/ui/store/slice.ts";
import { useLink } from "#src/ui/store/use-store.ts";

type Loaded<Props> = { readonly Component: ComponentType<Props> } | { readonly error: Error } | null;

/**
 * A component whose script is loaded when it is drawn for the first time. When it cannot be, it says so and tries again:
 * after a while, and as soon as the server is there.
 */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [loaded, setLoaded] = useState<Loaded<Props>>(known === null ? null : { Component: known });
    const [tries, setTries] = useState(0);
    const isLive = useLink().link.state === "live";
    const retry = () => setTries((count) => count + 1);
    useEffect(() => {
      if (known !== null) return;
      let isLeft = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      async function fetchIt(): Promise<void> {
        try {
          const Component = await load();
          known = Component;
          if (!isLeft) setLoaded({ Component });
        } catch (error) {
          if (isLeft) return;
          setLoaded({ error: error as Error });
          timer = setTimeout(retry, PACE.retryMs[Math.min(tries, PACE.retryMs.length - 1)]);
        }
      }
      void fetchIt();
      return () => {
        isLeft = true;
        clearTimeout(timer);
      };
    }, [tries, isLive]);
    if (loaded === null) return <p class="muted loading">Loading…</p>;
    if ("error" in loaded) {
      return (
        <>
          <Failure error={loaded.error} what="A part of the page could not be loaded" onRetry={retry} />
          {tries === 0 ? null : <Reload />}
        </>
      );
    }
    return <loaded.Component {...props} />;
  };
}

/** The way out where the server has no such script any more: it is another version by now. */
function Reload() {
  return (
    <p class="actions">
      <button type="button" onClick={() => location.reload()}>
        Reload the page
      </button>
    </p>
  );
}
