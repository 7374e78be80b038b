import { useState } from "preact/hooks";
import { listAll } from "#src/client/client.ts";
import type { CreatedToken, Token } from "#src/domain/token.ts";
import { AgentLine, plainText } from "#src/ui/parts/agent-text.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { NewSecret } from "./new-secret.tsx";
import { NewToken } from "./new-token.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { SystemPanel } from "./system-panel.tsx";
import { figures, useRefreshed } from "./use-refreshed.ts";

/** More than anybody has; the list is not walked for ever. */
const MOST = 1_000;

const TOKENS = figures("tokens", async (client, options) => {
  return (await listAll(client.listTokens, {}, MOST, options)).rows;
});

/** Who may use the server: makes tokens, and takes them back. */
export function TokensPanel() {
  const store = useStore();
  const slice = useRefreshed(TOKENS);
  const [made, setMade] = useState<CreatedToken | null>(null);
  const [revoked, setRevoked] = useState<Token | null>(null);

  function onMade(token: CreatedToken): void {
    setMade(token);
    // The server was open until now. Without a token this page would be locked, over the only look at the new one.
    if (!store.hasToken) store.setToken(token.secret);
    else slice.reload();
  }

  return (
    <>
      <SystemPanel title="Tokens" slice={slice} what="the tokens" scope="admin">
        {(tokens) => (
          <>
            {tokens.length === 0 ? (
              <p>{store.hasToken ? "There are none but the one that the server was started with." : OPEN}</p>
            ) : (
              <Tokens tokens={tokens} onRevoke={setRevoked} />
            )}
            <NewToken isOpenServer={!store.hasToken && tokens.length === 0} onMade={onMade} />
            {revoked === null ? null : (
              <RevokeDialog
                token={revoked}
                isLast={tokens.length === 1}
                onClose={() => setRevoked(null)}
                onRevoked={() => {
                  setRevoked(null);
                  slice.reload();
                }}
              />
            )}
          </>
        )}
      </SystemPanel>
      {made === null ? null : <NewSecret token={made} onClose={() => setMade(null)} />}
    </>
  );
}

const OPEN =
  "There are none: every program on this machine may use this server. The first token ends that, and from then on all need one.";

type TokensProps = { readonly tokens: readonly Token[]; readonly onRevoke: (token: Token) => void };

function Tokens({ tokens, onRevoke }: TokensProps) {
  return (
    <ul class="system-tokens">
      {tokens.map((token) => (
        <li key={token.id}>
          <div>
            <div class="system-token">
              <strong>
                <AgentLine text={token.name} />
              </strong>
              <span>{token.scope}</span>
              <code>{token.prefix}…</code>
            </div>
            <div class="muted">
              Created <Time at={token.created_at} />, {token.last_used_at === null ? "never used" : "last used "}
              {token.last_used_at === null ? null : <Time at={token.last_used_at} />},{" "}
              {token.expires_at === null ? "never expires" : "expires "}
              {token.expires_at === null ? null : <Time at={token.expires_at} as="full" />}
            </div>
          </div>
          <button
            type="button"
            class="danger"
            onClick={() => onRevoke(token)}
            aria-label={`Revoke ${plainText(token.name)}`}
          >
            Revoke…
          </button>
        </li>
      ))}
    </ul>
  );
}
