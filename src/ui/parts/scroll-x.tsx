import type { ComponentChildren } from "preact";

type Props = {
  /** What it holds, as a heading would say it. */
  readonly label: string;
  readonly children: ComponentChildren;
};

/** What may be wider than its place, such as a table: it is moved sideways by itself, by keyboard too. */
export function ScrollX({ label, children }: Props) {
  return (
    <div class="scroll-x" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
