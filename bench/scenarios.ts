import { bounded } from "./bounded.ts";
import { create } from "./create.ts";
import { dashboard } from "./dashboard.ts";
import { fanOut } from "./fan-out.ts";
import { framesOther, framesOwn } from "./frames.ts";
import { hooks } from "./hooks.ts";
import { idle } from "./idle.ts";
import { large } from "./large.ts";
import { FILTERS, LISTS, ROLL_UPS, SEARCHES } from "./large-queries.ts";
import { lock } from "./lock.ts";
import { logBatches } from "./log-batches.ts";
import { memory } from "./memory.ts";
import { prompts } from "./prompts.ts";
import { purge } from "./purge.ts";
import { list100, readOne } from "./reads.ts";
import { replay } from "./replay.ts";
import type { Report } from "./report.ts";
import { start } from "./start.ts";

export type Scenario = { readonly about: string; readonly run: () => Promise<Report> };

/** All scenarios by name, in the order in which they run and stand in RESULTS.md. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "read-one": { about: "GET one runtime agent, against a bare server", run: readOne },
  "list-100": { about: "GET the newest 100 runtime agents, against a bare server", run: list100 },
  create: { about: "POST a definition by 1, 32 and 256 connections, against a bare server", run: create },
  "log-batches": { about: "POST 500 logs at once, against bare inserts into the same table", run: logBatches },
  prompts: { about: "POST a prompt and PATCH its answer, against bare statements", run: prompts },
  hooks: { about: "5,000 hook posts from 1 and from 50 sessions", run: hooks },
  "fan-out": { about: "a change to 100, 1,000 and 5,000 sockets, against bare server.publish", run: fanOut },
  "frames-own": { about: "a write through the API → its frame at 100 sockets", run: framesOwn },
  "frames-other": { about: "another process's commit → its frame at 100 sockets", run: framesOther },
  replay: { about: "100,000 changes to one socket", run: replay },
  "large-lists": { about: "lists at 10 k, 1 M and 5 M logs", run: () => large("Lists", LISTS) },
  "large-filters": { about: "filters at 10 k, 1 M and 5 M logs", run: () => large("Filtered lists", FILTERS) },
  "large-searches": { about: "search (`q`) at 10 k, 1 M and 5 M logs", run: () => large("Searches", SEARCHES) },
  "large-roll-ups": { about: "sessions and stats at 10 k, 1 M and 5 M logs", run: () => large("Roll-ups", ROLL_UPS) },
  dashboard: {
    about: "the page in Chromium: first paint, size, frames under load and while scrolling",
    run: dashboard,
  },
  purge: { about: "writes while 1 M logs are purged, against a quiet server", run: purge },
  lock: { about: "reads while another program holds the lock for 3 s, against a quiet server", run: lock },
  bounded: { about: "file and WAL under endless logging with MAX_DATABASE_MB=256", run: bounded },
  start: { about: "spawn → first 200 of /health, of the executable and from source", run: start },
  memory: { about: "resident memory: idle, with 5,000 sockets, after load", run: memory },
  idle: { about: "CPU of an idle server", run: idle },
};
