import { useState } from "preact/hooks";
import { Dialog } from "#src/ui/parts/dialog.tsx";
import { useStore } from "#src/ui/store/use-store.ts";

type Props = {
  /** What the server said. */
  readonly detail: string;
  /** Whether the token that was given before is what it refused. */
  readonly hadToken: boolean;
};

/** Asks for a token, where the server asks for one. It is kept as long as the tab is open. */
export function TokenDialog({ detail, hadToken }: Props) {
  const store = useStore();
  const [token, setToken] = useState("");
  function submit(event: Event): void {
    event.preventDefault();
    if (token.trim() !== "") store.setToken(token.trim());
  }
  return (
    <Dialog title="A token is needed">
      <form onSubmit={submit}>
        {hadToken ? (
          <p class="notice notice-bad" role="alert">
            {detail}
          </p>
        ) : (
          <p>
            This server is used with tokens. Make one in a terminal on its machine:{" "}
            <code>orchestrator token create dashboard --scope control</code>
          </p>
        )}
        <label class="field">
          Token
          <input
            type="password"
            autoComplete="off"
            spellcheck={false}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            autoFocus
          />
        </label>
        <p class="muted">It is kept in this tab only, until it is closed.</p>
        <div class="actions">
          <button type="submit" class="primary" disabled={token.trim() === ""}>
            Go on
          </button>
        </div>
      </form>
    </Dialog>
  );
}
