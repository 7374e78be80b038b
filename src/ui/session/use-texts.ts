import { useEffect, useMemo, useState } from "preact/hooks";
import type { Slice } from "#src/ui/store/source.ts";
import type { Held } from "#src/ui/store/store.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { type Prompts, withoutPrompt, withPrompt } from "./prompts-source.ts";
import { createTextQueue } from "./text-queue.ts";

const NONE: Prompts["rows"] = [];

/** Keeps the texts of the prompts that are shown true; tells why the last of them could not be read. */
export function useTexts({ value, put }: Slice<Prompts> & Pick<Held<Prompts>, "put">) {
  const store = useStore();
  const [error, setError] = useState<Error | null>(null);
  const queue = useMemo(
    () =>
      createTextQueue({
        read: (id, options) => store.client.getPrompt(id, options),
        onRead: (prompt, row) =>
          put((shown) => (prompt === null ? withoutPrompt(shown, row.id) : withPrompt(shown, prompt, row))),
        onError: setError,
      }),
    [store, put],
  );
  const rows = value?.rows ?? NONE;
  useEffect(() => queue.show(rows), [queue, rows]);
  useEffect(() => {
    setError(null);
    return () => queue.close();
  }, [queue]);
  return { error, retry: queue.retry };
}
