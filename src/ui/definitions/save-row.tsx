import type { ComponentChildren } from "preact";
import { Failure } from "#src/ui/parts/failure.tsx";
import type { Saving } from "./use-saving.ts";

type Props = {
  readonly label: string;
  readonly saving: Saving;
  readonly isEdited: boolean;
  readonly onDiscard: () => void;
  /** Further buttons, at the other end. */
  readonly children?: ComponentChildren;
};

/** The buttons below a form. The first is never disabled, so that the focus stays on it. */
export function SaveRow({ label, saving: { state }, isEdited, onDiscard, children }: Props) {
  return (
    <div class="actions definition-actions">
      <button type="submit" class="primary" aria-disabled={state === "saving"}>
        {state === "saving" ? "Saving…" : label}
      </button>
      {isEdited ? (
        <button type="button" onClick={onDiscard}>
          Discard changes
        </button>
      ) : null}
      <span class="muted">{isEdited ? "Not saved yet" : state === "saved" ? "Saved" : null}</span>
      <span class="definition-space" />
      {children}
    </div>
  );
}

type RefusedProps = {
  readonly saving: Saving;
  readonly what: string;
  readonly hrefOfId: (id: string) => string;
};

/** What stands above a form that was not saved, where no field says it. */
export function Refused({ saving: { error, takenBy }, what, hrefOfId }: RefusedProps) {
  if (error !== null) return <Failure error={error} what={what} />;
  if (takenBy === null) return null;
  return (
    <p class="notice notice-bad">
      Another definition has this name. <a href={hrefOfId(takenBy)}>Open it</a>
    </p>
  );
}
