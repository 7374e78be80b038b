import type { ComponentChildren } from "preact";
import type { Slice } from "#src/ui/store/source.ts";
import { Failure } from "./failure.tsx";

type Props<Value> = {
  readonly slice: Slice<Value> & { readonly reload: () => void };
  /** What it is: "costs", "the session". */
  readonly what: string;
  readonly children: (value: Value) => ComponentChildren;
};

/** What was read; while nothing is, that it is being read or why it cannot be. An error beside older rows hides none. */
export function SliceView<Value>({ slice, what, children }: Props<Value>) {
  const { value, error, reload } = slice;
  return (
    <>
      {error === null ? null : <Failure error={error} what={`Could not read ${what}`} onRetry={reload} />}
      {value === undefined ? error === null && <p class="muted loading">Reading {what}…</p> : children(value)}
    </>
  );
}
