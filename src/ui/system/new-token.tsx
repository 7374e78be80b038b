import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "#src/client/client.ts";
import type { CreatedToken, Scope } from "#src/domain/token.ts";
import { SCOPES } from "#src/domain/vocabulary.ts";
import { Field } from "#src/ui/parts/field.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { EXPIRIES, EXPIRY, type Expiry, expiryAt } from "./expiry.ts";
import { Refused } from "./refused.tsx";

const SCOPE: Readonly<Record<Scope, string>> = {
  read: "reads everything, changes nothing",
  ingest: "reads, and reports agents: for hooks, scripts and SDKs",
  control: "also changes definitions, deletes and purges: for this dashboard",
  admin: "also makes and revokes tokens",
};

type Props = {
  /** The first token: it closes the server. */
  readonly isOpenServer: boolean;
  readonly onMade: (token: CreatedToken) => void;
};

/** Makes a token. */
export function NewToken({ isOpenServer, onMade }: Props) {
  const { client } = useStore();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>(isOpenServer ? "admin" : "ingest");
  const [expiry, setExpiry] = useState<Expiry>("never");
  const [day, setDay] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const faults = faultsOf(error);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);

  async function create(): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      const made = await client.createToken({ name, scope, expires_at: expiryAt(expiry, day, Date.now()) });
      setName("");
      onMade(made);
    } catch (failure) {
      setError(failure as Error);
    }
    setBusy(false);
  }

  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <h3>New token</h3>
      {error === null || Object.keys(faults).length > 0 ? null : (
        <Refused error={error} what="No token was made" scope="admin" />
      )}
      <div class="system-fields">
        <Field label="Name" hint="Who is to use it" error={faults["name"]}>
          {(attributes) => (
            <input
              {...attributes}
              value={name}
              autocomplete="off"
              aria-required="true"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Scope" hint={SCOPE[scope]} error={faults["scope"]}>
          {(attributes) => (
            <select {...attributes} value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
              {SCOPES.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Expires" error={expiry === "day" ? undefined : faults["expires_at"]}>
          {(attributes) => (
            <select {...attributes} value={expiry} onChange={(event) => setExpiry(event.currentTarget.value as Expiry)}>
              {EXPIRIES.map((each) => (
                <option key={each} value={each}>
                  {EXPIRY[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {expiry === "day" ? (
          <Field label="Day" hint="Its beginning, in UTC" error={faults["expires_at"]}>
            {(attributes) => (
              <input {...attributes} type="date" value={day} onChange={(event) => setDay(event.currentTarget.value)} />
            )}
          </Field>
        ) : null}
      </div>
      {isOpenServer ? <FirstToken scope={scope} /> : null}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={isBusy}>
          Create token
        </button>
      </div>
    </form>
  );
}

function FirstToken({ scope }: { readonly scope: Scope }) {
  return (
    <p class="notice">
      <span>
        With the first token the server closes: agents, scripts and other pages need one from then on. This page goes on
        with the new one.
        {scope === "admin" ? null : (
          <>
            {" "}
            <strong>With the scope {scope} it cannot make further tokens:</strong> that takes an <code>admin</code>{" "}
            token, or <code>orchestrator token create</code> on the server's machine.
          </>
        )}
      </span>
    </p>
  );
}

/** What the server says of the fields, by their names. */
function faultsOf(error: Error | null): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries((error.problem.errors ?? []).map(({ pointer, detail }) => [pointer.slice(1), detail]));
}
