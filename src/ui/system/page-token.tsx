import { useLink, useStore } from "#src/ui/store/use-store.ts";

/** Lets go of the token that this page was given, as on somebody else's machine. */
export function PageToken() {
  const store = useStore();
  useLink();
  if (!store.hasToken) return null;
  return (
    <section class="panel" aria-label="The token of this page">
      <p>This page was given a token, which is kept until its tab is closed.</p>
      <button type="button" onClick={() => store.setToken(null)}>
        Forget the token
      </button>
    </section>
  );
}
