import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Scope } from "#src/domain/token.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import type { Slice } from "#src/ui/store/source.ts";
import { isForbidden } from "./use-refreshed.ts";

type Props<Value> = {
  readonly title: string;
  readonly slice: Slice<Value> & { readonly reload: () => void };
  /** What is read: "the health". */
  readonly what: string;
  /** What a token needs to read it. */
  readonly scope: Scope;
  readonly children: (value: Value) => ComponentChildren;
};

/** A part of the view that stands for itself: where the token may not read it, the others still show. */
export function SystemPanel<Value>({ title, slice, what, scope, children }: Props<Value>) {
  const id = useId();
  return (
    <section class="panel system-panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {isForbidden(slice.error) ? (
        <p class="muted">
          This needs a token with the scope <code>{scope}</code>; that of this page may do less.
        </p>
      ) : (
        <SliceView slice={slice} what={what}>
          {children}
        </SliceView>
      )}
    </section>
  );
}

/** Names with their values. */
export function Facts({ children }: { readonly children: ComponentChildren }) {
  return <dl class="system-facts">{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
