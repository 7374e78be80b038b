/** The header tells whole seconds, and takes its time to come: what differs by less is no difference. */
const NOTICED_MS = 5_000;

let ahead = 0;

/**
 * The present time by the server's clock, UTC milliseconds: how long ago something was is measured against it, for the times
 * that are shown are the server's, and the clock of this machine may be wrong.
 */
export function serverNow(): number {
  return Date.now() + ahead;
}

/** @param date of the `Date` header of an answer that came now; null when there is none */
export function noteServerDate(date: string | null): void {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const difference = told - Date.now();
  ahead = Math.abs(difference) < NOTICED_MS ? 0 : difference;
}

/** The browser's `fetch`, which also notes what time its server has. */
export const fetchAndNoteTime = (async (...request: Parameters<typeof fetch>) => {
  const response = await fetch(...request);
  noteServerDate(response.headers.get("Date"));
  return response;
}) as typeof fetch;
