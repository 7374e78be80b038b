import { type Client, isTransient } from "#src/client/client.ts";
import type { Clock } from "#src/platform/clock.ts";
import { createDelivery } from "./delivery.ts";
import { claimSpool, keptSpools, type Spool } from "./spool.ts";

/** How the delivery of kept runs went, by the server that each was kept for, or was to be delivered to. */
export type Delivered = {
  /** Runs by the server that has them now. */
  readonly delivered: ReadonlyMap<string, number>;
  readonly left: ReadonlyMap<string, Left>;
};

/** Runs that are still kept for a server; without an error they were not asked for, or not come to. */
export type Left = { readonly runs: number; readonly error: unknown };

export type Receivers = {
  /** Who is to have a run that was kept for this server; null for nobody. May throw for one that is no address. */
  readonly clientFor: (url: string) => Client | null;
  readonly now: Clock;
  readonly signal: AbortSignal;
};

/** Delivers what runs have left behind, the oldest first; what cannot be delivered, or is not wanted, is kept. */
export async function deliverKept(folder: string, { clientFor, now, signal }: Receivers): Promise<Delivered> {
  const delivered = new Map<string, number>();
  const left = new Map<string, Left>();
  const leave = (url: string, error: unknown) => {
    const before = left.get(url);
    left.set(url, { runs: (before?.runs ?? 0) + 1, error: before?.error ?? error });
  };

  /** @returns whether the server has it */
  async function deliver(spool: Spool): Promise<boolean> {
    const { url } = spool.head;
    let to = url;
    try {
      const client = clientFor(url);
      to = client?.url ?? url;
      // A server that does not answer is not asked again.
      const isAsked = client !== null && !signal.aborted && !isTransient(left.get(to)?.error);
      if (isAsked) await createDelivery(client, spool).send(true, signal);
      if (!isAsked) leave(to, null);
      else delivered.set(to, (delivered.get(to) ?? 0) + 1);
      return isAsked;
    } catch (error) {
      leave(to, error);
      return false;
    }
  }

  for (const name of keptSpools(folder)) {
    const spool = await claimSpool(folder, name, now);
    if (spool === null) continue;
    if (await deliver(spool)) await spool.remove();
    else await spool.release();
  }
  return { delivered, left };
}
