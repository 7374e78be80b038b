import type { AddCommand } from "./cli.ts";
import { addAgents } from "./commands/agents.ts";
import { addBackup } from "./commands/backup.ts";
import { addCheck } from "./commands/check.ts";
import { addCompletions } from "./commands/completions.ts";
import { addConfig } from "./commands/config.ts";
import { addConnect } from "./commands/connect.ts";
import { addContext } from "./commands/context.ts";
import { addCopy } from "./commands/copy.ts";
import { addCosts } from "./commands/costs.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addInit } from "./commands/init.ts"; // scaffolder
import { addLogs } from "./commands/logs.ts";
import { addMeasure } from "./commands/measure.ts";
import { addNew } from "./commands/new.ts"; // scaffolder
import { addOpenapi } from "./commands/openapi.ts";
import { addPlace } from "./commands/place.ts"; // scaffolder
import { addRebuild } from "./commands/rebuild.ts";
import { addRestore } from "./commands/restore.ts";
import { addRuns } from "./commands/runs.ts";
import { addServe } from "./commands/serve.ts";
import { addStats } from "./commands/stats.ts";
import { addStatus } from "./commands/status.ts";
import { addTail } from "./commands/tail.ts";
import { addTee } from "./commands/tee.ts";
import { addToken } from "./commands/token.ts";

/** Every command, in the order of the help. A new one is a file in `commands/` and a line here. */
export const COMMANDS: readonly AddCommand[] = [
  addServe,
  addStatus,
  addStats,
  addCosts,
  addTail,
  addTee,
  addAgents,
  addRuns,
  addLogs,
  addConnect,
  addContext,
  addToken,
  addNew, // scaffolder
  addInit, // scaffolder
  addPlace, // scaffolder
  addMeasure,
  addCheck,
  addCopy,
  addBackup,
  addRestore,
  addDoctor,
  addRebuild,
  addConfig,
  addOpenapi,
  addCompletions,
];
