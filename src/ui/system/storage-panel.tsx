import { useState } from "preact/hooks";
import type { Storage } from "#src/domain/storage.ts";
import { formatBytes, formatCount } from "#src/ui/parts/format.ts";
import { ScrollX } from "#src/ui/parts/scroll-x.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { PurgeDialog } from "./purge-dialog.tsx";
import { partTables, tellFurther, tellPurge, tellRetention } from "./storage-words.ts";
import { Fact, Facts, SystemPanel } from "./system-panel.tsx";
import { figures, useRefreshed } from "./use-refreshed.ts";

const STORAGE = figures("storage", (client, options) => client.getStorage(options));

/** How large the database is, what of, and what will be removed. */
export function StoragePanel() {
  const slice = useRefreshed(STORAGE);
  const [isPurging, setPurging] = useState(false);
  return (
    <SystemPanel title="Storage" slice={slice} what="the storage" scope="read">
      {(storage) => (
        <>
          <Size database={storage.database} />
          <Tables storage={storage} />
          <h3>Retention</h3>
          <ul class="system-lines">
            {tellRetention(storage.retention).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <Oldest oldest={storage.oldest} />
          <NextPurge storage={storage} />
          <div class="actions">
            <button type="button" onClick={() => setPurging(true)}>
              Purge now…
            </button>
          </div>
          {isPurging ? (
            <PurgeDialog
              onClose={() => {
                setPurging(false);
                slice.reload();
              }}
            />
          ) : null}
        </>
      )}
    </SystemPanel>
  );
}

function Size({ database }: Pick<Storage, "database">) {
  const { bytes, wal_bytes, free_bytes, limit_bytes } = database;
  const used = bytes + wal_bytes;
  return (
    <>
      {limit_bytes === null ? null : (
        <p class="system-meter">
          <label for="system-meter">
            {formatBytes(used)} of {formatBytes(limit_bytes)} (MAX_DATABASE_MB)
          </label>
          <meter id="system-meter" min={0} max={limit_bytes} high={limit_bytes * 0.9} value={used} />
        </p>
      )}
      <Facts>
        <Fact name="Database file">{formatBytes(bytes)}</Fact>
        <Fact name="Write-ahead log">{formatBytes(wal_bytes)}</Fact>
        <Fact name="Free within the file">{formatBytes(free_bytes)}</Fact>
      </Facts>
    </>
  );
}

function Tables({ storage: { tables, measured_at } }: { readonly storage: Storage }) {
  const { own, further } = partTables(tables);
  return (
    <>
      <ScrollX label="Tables of the database">
        <TableSizes rows={own} isMeasured={measured_at !== null} />
      </ScrollX>
      {further.length === 0 ? null : (
        <details class="system-further">
          <summary>{tellFurther(further)}</summary>
          <ScrollX label="Further tables of the database">
            <TableSizes rows={further} isMeasured={measured_at !== null} />
          </ScrollX>
        </details>
      )}
      <p class="muted">
        {measured_at === null ? (
          "Sizes are measured in the background; they have not been yet."
        ) : (
          <>
            Sizes as of <Time at={measured_at} />.
          </>
        )}
      </p>
    </>
  );
}

function TableSizes({ rows, isMeasured }: { readonly rows: Storage["tables"]; readonly isMeasured: boolean }) {
  return (
    <table class="system-table">
      <thead>
        <tr>
          <th scope="col">Table</th>
          <th scope="col" class="number">
            Rows
          </th>
          {isMeasured ? (
            <th scope="col" class="number">
              Size with indexes
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {rows.map((table) => (
          <tr key={table.name}>
            <th scope="row">
              <code>{table.name}</code>
            </th>
            <td class="number">{formatCount(table.rows)}</td>
            {isMeasured ? <td class="number">{formatBytes(table.bytes)}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const OLDEST = [
  ["agent_log", "Oldest agent log"],
  ["system_log", "Oldest system log"],
  ["agent", "Oldest agent"],
  ["prompt", "Oldest prompt"],
  ["change", "Oldest change"],
] as const;

function Oldest({ oldest }: Pick<Storage, "oldest">) {
  return (
    <Facts>
      {OLDEST.map(([name, label]) => (
        <Fact key={name} name={label}>
          <Time at={oldest[name]} as="full" />
        </Fact>
      ))}
    </Facts>
  );
}

function NextPurge({ storage: { next_purge, retention } }: { readonly storage: Storage }) {
  const removes = tellPurge(next_purge);
  return (
    <p>
      {removes.length === 0
        ? "Nothing is old enough to be removed now."
        : `To be removed within the hour: ${removes.join(", ")}.`}{" "}
      <span class="muted">
        Ages count from <Time at={retention.since} as="full" /> at the earliest.
      </span>
    </p>
  );
}
