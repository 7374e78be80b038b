import { useState } from "preact/hooks";
import type { Client } from "#src/client/client.ts";
import { Failure } from "#src/ui/parts/failure.tsx";
import { useStore } from "#src/ui/store/use-store.ts";

type Listed = { readonly cursor: string | null };

type Props<Value extends Listed> = {
  readonly value: Value;
  readonly what: string;
  /** Reads the page behind what is shown. */
  readonly read: (client: Client, value: Value) => Promise<Value>;
  readonly onRead: (more: Value) => void;
};

/** Reads the next page of a list; nothing at its end. */
export function MoreButton<Value extends Listed>({ value, what, read, onRead }: Props<Value>) {
  const { client } = useStore();
  const [state, setState] = useState<"ready" | "reading" | Error>("ready");
  if (value.cursor === null) return null;
  async function readMore(): Promise<void> {
    if (state === "reading") return;
    setState("reading");
    try {
      onRead(await read(client, value));
      setState("ready");
    } catch (error) {
      setState(error as Error);
    }
  }
  if (state instanceof Error)
    return <Failure error={state} what={`Could not read more ${what}`} onRetry={() => void readMore()} />;
  return (
    <p class="actions">
      <button type="button" aria-disabled={state === "reading"} onClick={() => void readMore()}>
        {state === "reading" ? "Reading…" : `Show more ${what}`}
      </button>
    </p>
  );
}
