import { useState } from "preact/hooks";
import type { Token } from "#src/domain/token.ts";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { announce } from "#src/ui/parts/announce.ts";
import { Dialog } from "#src/ui/parts/dialog.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { Refused } from "./refused.tsx";

type Props = {
  readonly token: Token;
  readonly isLast: boolean;
  readonly onClose: () => void;
  readonly onRevoked: () => void;
};

/** Takes a token back once it is confirmed. */
export function RevokeDialog({ token, isLast, onClose, onRevoked }: Props) {
  const { client } = useStore();
  const [error, setError] = useState<Error | null>(null);
  async function revoke(): Promise<void> {
    setError(null);
    try {
      await client.deleteToken(token.id);
      announce(`${token.name} was revoked`);
      onRevoked();
    } catch (failure) {
      setError(failure as Error);
    }
  }
  return (
    <Dialog title={`Revoke ${plainText(token.name)}?`} onClose={onClose}>
      {error === null ? null : <Refused error={error} what="It was not revoked" scope="admin" />}
      <p>
        Who uses <code>{token.prefix}…</code> is refused from now on, and disconnected. If this page does, it will ask
        for another token.
      </p>
      {isLast ? <p>It is the last one: without any, every program on the server's machine may use it again.</p> : null}
      <div class="actions">
        <button type="button" class="danger" onClick={() => void revoke()}>
          Revoke
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
