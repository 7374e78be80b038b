import { useRef, useState } from "preact/hooks";
import { Dialog } from "#src/ui/parts/dialog.tsx";
import { Field } from "#src/ui/parts/field.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { readToken } from "./token-text.ts";

type Props = {
  /** What the server said. */
  readonly detail: string;
  /** Whether the token that was given before is what it refused. */
  readonly hadToken: boolean;
  /** Where the page can do without one. */
  readonly onClose?: (() => void) | undefined;
};

/** Asks for a token, where the server asks for one. It is kept as long as the tab is open. */
export function TokenDialog({ detail, hadToken, onClose }: Props) {
  const store = useStore();
  const [text, setText] = useState("");
  const [error, setError] = useState<string | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  function submit(event: Event): void {
    event.preventDefault();
    const read = readToken(text);
    setError(read.error);
    if (read.token === undefined) return field.current?.focus();
    store.setToken(read.token);
    onClose?.();
  }
  return (
    <Dialog title="A token is needed" {...(onClose === undefined ? {} : { onClose })}>
      <form onSubmit={submit}>
        {hadToken ? (
          <p class="notice notice-bad" role="alert">
            {detail}
          </p>
        ) : (
          <p>
            This server is used with tokens. Make one in a terminal on its machine, in the folder it was started in:{" "}
            <code>orchestrator token create dashboard --scope control</code> Elsewhere, add <code>--database FILE</code>
            .
          </p>
        )}
        <Field label="Token" error={error}>
          {(attributes) => (
            <input
              {...attributes}
              ref={field}
              type="password"
              autoComplete="off"
              spellcheck={false}
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value);
                setError(undefined);
              }}
              autoFocus
            />
          )}
        </Field>
        <p class="muted">It is kept in this tab only, until it is closed.</p>
        <div class="actions">
          <button type="submit" class="primary" disabled={text.trim() === ""}>
            Go on
          </button>
          {onClose === undefined ? null : (
            <button type="button" onClick={onClose}>
              Cancel
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
