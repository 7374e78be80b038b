import { useState } from "preact/hooks";
import { download } from "#src/ui/parts/download.ts";
import { Failure } from "#src/ui/parts/failure.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import { costsCsv, costsFileName } from "./costs-csv.ts";
import { type Costs, MOST_ROWS } from "./costs-source.ts";
import { type Days, windowOf } from "./range.ts";

type Props = {
  readonly costs: Costs;
  readonly days: Days;
  /** Whether there may be more rows than those shown: they are read first. */
  readonly isCut: boolean;
};

/** Downloads the table, with the rows that are not shown. */
export function CsvButton({ costs: { by, rows }, days, isCut }: Props) {
  const { client } = useStore();
  const [error, setError] = useState<Error | null>(null);
  async function save(): Promise<void> {
    setError(null);
    try {
      const all = isCut ? await client.listCosts({ by, ...windowOf(days), limit: MOST_ROWS }) : rows;
      download(costsFileName(by, days), "text/csv;charset=utf-8", costsCsv(by, all));
    } catch (failure) {
      setError(failure as Error);
    }
  }
  return (
    <>
      <button type="button" onClick={() => void save()}>
        Download CSV
      </button>
      {error === null ? null : <Failure error={error} what="The table could not be read" onRetry={() => void save()} />}
    </>
  );
}
