import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What the control of a field takes, so that it is known by its label, hint and error. */
export type ControlAttributes = {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": "true" | undefined;
};

type Props = {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** Why its value is refused. */
  readonly error?: string | undefined;
  readonly children: (attributes: ControlAttributes) => ComponentChildren;
};

/** A control with its label, a hint, and what is wrong with its value. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const isHinted = hint !== undefined;
  const isWrong = error !== undefined;
  const describedBy = [isHinted ? `${id}-hint` : null, isWrong ? `${id}-error` : null].filter((part) => part !== null);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": describedBy.length === 0 ? undefined : describedBy.join(" "),
        "aria-invalid": isWrong ? "true" : undefined,
      })}
      {isHinted ? (
        <span id={`${id}-hint`} class="field-hint">
          {hint}
        </span>
      ) : null}
      {isWrong ? (
        <span id={`${id}-error`} class="field-error">
          {error}
        </span>
      ) : null}
    </div>
  );
}
