import { useEffect, useRef } from "preact/hooks";
import { ApiError, type Client, isTransient, type RequestOptions } from "#src/client/client.ts";
import type { Slice, Source } from "#src/ui/store/source.ts";
import { useSource } from "#src/ui/store/use-store.ts";

/** Of no change: the feed tells nothing of these figures. */
const OF_NO_CHANGE = Number.MAX_SAFE_INTEGER;
const REFRESH_MS = 5_000;

/** What the feed does not tell of: it is read anew every few seconds while it is seen. */
export function figures<Value>(
  key: string,
  read: (client: Client, options: RequestOptions) => Promise<Value>,
): Source<Value> {
  return { key, load: async (client, options) => ({ seq: OF_NO_CHANGE, value: await read(client, options) }) };
}

/** Shows such figures. */
export function useRefreshed<Value>(source: Source<Value>) {
  const slice = useSource(source);
  const latest = useRef(slice);
  latest.current = slice;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && isToRead(latest.current)) latest.current.reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [source.key]);
  return slice;
}

/** What a token may not read is not asked for again; what failed for now is by its source, when it is time to. */
export function isToRead({ isLoading, error }: Pick<Slice<unknown>, "isLoading" | "error">): boolean {
  return !isLoading && !isForbidden(error) && !isTransient(error);
}

export function isForbidden(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 403;
}
