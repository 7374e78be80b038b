/** Where the page keeps its token: as long as its tab is open. */
export type TokenKeeper = {
  read(): string | null;
  write(token: string | null): void;
};

const KEY = "orchestrator.token";

/** In the storage of the tab; where pages may store nothing, until it is reloaded. */
export function keepTokenInTab(storage: () => Storage): TokenKeeper {
  let held: string | null = null;
  return {
    read() {
      try {
        return storage().getItem(KEY) ?? held;
      } catch {
        return held;
      }
    },
    write(token) {
      held = token;
      try {
        if (token === null) storage().removeItem(KEY);
        else storage().setItem(KEY, token);
      } catch {
        // Kept above.
      }
    },
  };
}
