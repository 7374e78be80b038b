import type { ComponentChildren } from "preact";
import { useEffect, useErrorBoundary } from "preact/hooks";
import { Failure } from "#src/ui/parts/failure.tsx";

type Props = {
  /** The address of what is shown: another one is tried again. */
  readonly address: string;
  readonly children: ComponentChildren;
};

/** A view, or that it cannot be drawn: the frame and the other views stay. */
export function Bounded({ address, children }: Props) {
  const [error, reset] = useErrorBoundary((thrown) => reportError(thrown)) as [Error | undefined, () => void];
  useEffect(() => {
    if (error !== undefined) reset();
  }, [address]);
  if (error === undefined) return <>{children}</>;
  // What cannot be drawn may be held by the frame as well: all of it is read anew.
  const reload = () => location.reload();
  return <Failure error={error} what="This view cannot be drawn" onRetry={reload} retry="Reload this view" />;
}
