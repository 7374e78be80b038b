import { createContext } from "preact";
import { useContext, useEffect, useReducer, useRef } from "preact/hooks";
import type { Slice, Source } from "./source.ts";
import type { Held, Store } from "./store.ts";

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (store === null) throw new Error("no store around this component");
  return store;
}

const count = (n: number) => n + 1;

/** Draws the component again whenever the connection, or the history it shows, has changed. */
export function useLink(): Pick<Store, "link" | "cut"> {
  const store = useStore();
  const [, redraw] = useReducer(count, 0);
  const { link, cut } = store;
  useEffect(() => {
    // What changed between the drawing and now was told to nobody.
    if (store.link !== link || store.cut !== cut) redraw(undefined);
    return store.subscribe(() => redraw(undefined));
  }, [store]);
  return store;
}

const NOTHING: Slice<never> = { value: undefined, error: null, isLoading: false };

type Shown<Value> = Slice<Value> & Pick<Held<Value>, "put" | "reload">;

/** A source for as long as the component shows it, which is drawn again when it changes; null is none. */
export function useSource<Value>(source: Source<Value> | null): Shown<Value> {
  const store = useStore();
  const [, redraw] = useReducer(count, 0);
  const held = useRef<{ key: string; it: Held<Value> } | null>(null);
  const key = source?.key ?? null;
  if (held.current?.key !== key) {
    const before = held.current;
    held.current = source === null ? null : { key: source.key, it: store.hold(source) };
    before?.it.release();
  }
  const it = held.current?.it;
  const drawn = it?.slice();
  useEffect(() => {
    if (it === undefined) return;
    // What changed between the drawing and now was told to nobody.
    if (it.slice() !== drawn) redraw(undefined);
    return it.subscribe(() => redraw(undefined));
  }, [it]);
  useEffect(() => () => held.current?.it.release(), []);
  return { ...(drawn ?? NOTHING), put: it?.put ?? nothing, reload: it?.reload ?? nothing };
}

/**
 * The same of sources that follow each other, as those of a list that is being searched: what the last one was stays until
 * the next is read, with its rows, and the focus on them.
 */
export function useLatestSource<Value>(source: Source<Value>): Shown<Value> {
  const slice = useSource(source);
  const last = useRef<Value | undefined>(undefined);
  if (slice.value !== undefined || slice.error !== null) last.current = slice.value;
  return { ...slice, value: last.current };
}

function nothing(): void {}
