import { useEffect, useState } from "preact/hooks";
import type { PurgePreview } from "#src/domain/storage.ts";
import { announce } from "#src/ui/parts/announce.ts";
import { Dialog } from "#src/ui/parts/dialog.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { useStore } from "#src/ui/store/use-store.ts";
import { Refused } from "./refused.tsx";
import { tellPurge } from "./storage-words.ts";

/** Tells what a purge would remove, and begins it once that is confirmed. */
export function PurgeDialog({ onClose }: { readonly onClose: () => void }) {
  const { client } = useStore();
  const [preview, setPreview] = useState<PurgePreview | null>(null);
  const [state, setState] = useState<"asking" | "busy" | "begun">("asking");
  const [error, setError] = useState<Error | null>(null);

  async function run(isDryRun: boolean): Promise<void> {
    setError(null);
    try {
      const { removes } = await client.purgeStorage(isDryRun ? { dry_run: true } : {});
      setPreview(removes);
      if (isDryRun) return;
      setState("begun");
      announce("The purge has begun");
    } catch (failure) {
      setError(failure as Error);
      setState("asking");
    }
  }
  useEffect(() => void run(true), []);

  const removes = preview === null ? null : tellPurge(preview);
  const canPurge = removes !== null && removes.length > 0 && state !== "begun";
  return (
    <Dialog title="Purge now" onClose={onClose}>
      {error === null ? null : <Refused error={error} what="Nothing was removed" scope="control" />}
      <Told removes={removes} isBegun={state === "begun"} hasFailed={error !== null} />
      <div class="actions">
        {canPurge ? (
          <button
            type="button"
            class="danger"
            aria-disabled={state === "busy"}
            onClick={() => {
              if (state === "busy") return;
              setState("busy");
              void run(false);
            }}
          >
            Remove them
          </button>
        ) : null}
        <button type="button" onClick={onClose}>
          {canPurge ? "Cancel" : "Close"}
        </button>
      </div>
    </Dialog>
  );
}

type ToldProps = {
  readonly removes: readonly string[] | null;
  readonly isBegun: boolean;
  readonly hasFailed: boolean;
};

function Told({ removes, isBegun, hasFailed }: ToldProps) {
  if (removes === null) return hasFailed ? null : <p class="muted">Counting what would be removed…</p>;
  if (isBegun) {
    return (
      <p>
        The purge runs in the background, in small steps. Its result will stand in the{" "}
        <a href={hrefOf("logs", { kind: "system" })}>system log</a> (component <code>retention</code>).
      </p>
    );
  }
  if (removes.length === 0) return <p>There is nothing to remove: nothing is old enough, and there is room.</p>;
  return (
    <>
      <p>This removes for good:</p>
      <ul class="system-lines">
        {removes.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
