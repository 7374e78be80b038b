import type { CreatedToken } from "#src/domain/token.ts";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { Dialog } from "#src/ui/parts/dialog.tsx";

/** Shows a new token, this once. It is not closed by a slip of the pointer. */
export function NewSecret({ token, onClose }: { readonly token: CreatedToken; readonly onClose: () => void }) {
  return (
    <Dialog title={`Token ${plainText(token.name)}`}>
      <p>
        <strong>Copy it now: it is shown this once.</strong> The server keeps only its hash.
      </p>
      <p class="system-secret">
        <code>{token.secret}</code> <CopyButton text={token.secret} what="token" />
      </p>
      <p class="muted">
        It is sent as <code>Authorization: Bearer …</code>; the command line takes it from{" "}
        <code>ORCHESTRATOR_TOKEN</code>.
      </p>
      <div class="actions">
        <button type="button" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}
