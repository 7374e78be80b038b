import type { Database } from "bun:sqlite";
import { wrongTotals } from "#src/database/sqlite/rollups.ts";
import type { Shared } from "./http-writers.ts";
import { differences, type Ledger } from "./ledger.ts";

/** What is wrong in the file itself, whoever wrote it: a list of sentences, empty when all is well. */
export function fileFaults(db: Database, ledger: Ledger, shared: Shared): string[] {
  return [
    ...integrity(db),
    ...totals(db),
    ...batches(db, ledger),
    ...stateChanges(db, ledger),
    ...sharedCosts(db, shared),
    ...numbers(db),
  ];
}

function rows<Row>(db: Database, sql: string): Row[] {
  return db.query<Row, []>(sql).all();
}

function integrity(db: Database): string[] {
  const check = rows<{ integrity_check: string }>(db, "pragma integrity_check").map((row) => row.integrity_check);
  const orphans = rows<object>(db, "pragma foreign_key_check");
  return [...(check.join() === "ok" ? [] : check), ...orphans.map((row) => `an orphan: ${JSON.stringify(row)}`)];
}

function totals(db: Database): string[] {
  const wrong = wrongTotals(db);
  const counts = rows<{ name: string; rows: number }>(db, "select name, rows from orchestrator_counts").flatMap(
    ({ name, rows: kept }) => {
      const { n } = db.query<{ n: number }, []>(`select count(*) as n from ${name}`).get()!;
      return n === kept ? [] : [`orchestrator_counts has ${kept} ${name}, there are ${n}`];
    },
  );
  return [...(wrong === 0 ? [] : [`${wrong} kept totals are not what the rows add up to`]), ...counts];
}

type Log = { readonly id: number; readonly agent_id: string; readonly message: string };

/** Every batch that was answered is there, with its numbers; no log is there that nobody has sent or that is not whole. */
function batches(db: Database, ledger: Ledger): string[] {
  const stored = new Map<string, Log[]>();
  const logs = db.query<Log, []>(
    "select id, agent_id, message from agent_logs where log_type = 'tool_call' and session_id <> 'direct' order by id",
  );
  for (const log of logs.iterate()) {
    const marker = log.message.slice(0, log.message.indexOf(" "));
    const group = stored.get(marker);
    if (group === undefined) stored.set(marker, [log]);
    else group.push(log);
  }
  const found: string[] = [];
  for (const { marker, agentId, ids } of ledger.batches.values()) {
    const group = stored.get(marker) ?? [];
    stored.delete(marker);
    const isWhole =
      group.length === ids.length && group.every(({ id, agent_id: of }, at) => id === ids[at] && of === agentId);
    if (!isWhole) found.push(`of ${ids.length} logs ${marker} of agent ${agentId} there are ${group.length}`);
  }
  for (const [marker, group] of stored) found.push(`${group.length} logs ${marker} are there that were not stored`);
  const known = new Map(
    rows<{ id: number; message: string }>(db, "select id, message from system_logs where component = 'crash'").map(
      ({ id, message }) => [message, id],
    ),
  );
  if (known.size !== ledger.systemLogs.size) {
    found.push(`there are ${known.size} system logs instead of ${ledger.systemLogs.size}`);
  }
  for (const [marker, id] of ledger.systemLogs) {
    if (known.get(`${marker} happened`) !== id) found.push(`system log ${id} "${marker}" is missing`);
  }
  return found;
}

type Transition = { readonly agent_id: string; readonly details: string };

/** The logs of changes of status of each agent lead from one to the next, and end where the agent is. */
function stateChanges(db: Database, ledger: Ledger): string[] {
  const chains = new Map<string, { from: string; to: string }[]>();
  const logs = db.query<Transition, []>(
    "select agent_id, details from agent_logs where log_type = 'state_change' order by id",
  );
  for (const { agent_id: id, details } of logs.iterate()) {
    const chain = chains.get(id);
    if (chain === undefined) chains.set(id, [JSON.parse(details)]);
    else chain.push(JSON.parse(details));
  }
  const found: string[] = [];
  const agents = rows<{ id: string; status: string }>(db, "select id, status from agents where session_id <> 'direct'");
  for (const { id, status } of agents) {
    const chain = chains.get(id) ?? [];
    const isChain = chain.every(({ from, to }, at) => from !== to && from === (chain[at - 1]?.to ?? "initializing"));
    const ends = chain.at(-1)?.to ?? status;
    const wanted = ledger.transitions.get(id) ?? 0;
    const isCounted = !ledger.rows.agent.has(id) || chain.length === wanted;
    if (isChain && ends === status && isCounted) continue;
    found.push(`agent ${id} is ${status}, and has ${wanted} changes of status with the logs ${JSON.stringify(chain)}`);
  }
  return found;
}

/** Everybody books prompts on these agents, each with its cost in one transaction. */
function sharedCosts(db: Database, shared: Shared): string[] {
  return shared.agents.flatMap((id) => {
    const kept = db.query<{ cost: number }, [string]>("select cost_usd as cost from agents where id = ?").get(id);
    const booked = db
      .query<{ cost: number }, [string]>("select total(cost_usd) as cost from prompts where agent_id = ?")
      .get(id);
    const wrong = differences(booked!, kept ?? undefined);
    return Object.keys(wrong).length === 0 ? [] : [`the cost of shared agent ${id}: ${JSON.stringify(wrong)}`];
  });
}

/** The feed has every number from the first on, once. */
function numbers(db: Database): string[] {
  const [{ first, last, n } = { first: 0, last: 0, n: 0 }] = rows<{ first: number; last: number; n: number }>(
    db,
    "select min(seq) as first, max(seq) as last, count(*) as n from changes",
  );
  return first === 1 && last === n ? [] : [`${n} changes are numbered from ${first} to ${last}`];
}
