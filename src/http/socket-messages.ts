import type { Context } from "hono";
import { Problem } from "#src/domain/problem.ts";
import type { Receive } from "#src/live/socket.ts";
import { readBroadcast } from "#src/ingest/broadcasts.ts";
import { seldom } from "#src/platform/seldom.ts";
import { storeBroadcast } from "./broadcasts.ts";
import type { Env, HttpDeps } from "./env.ts";
import { toProblem } from "./problem.ts";

/** Makes what takes the messages of a socket that is being opened, as who opens it. */
export function createReceiver(deps: HttpDeps): (c: Context<Env>) => Receive {
  const few = seldom(deps.log);
  const logs = { each: few, few };

  return (c) => {
    const admit = c.env.guard.meter(c, "ingest");
    return async (message) => {
      try {
        if (typeof message !== "string") throw new Problem("malformed_json", "A message is a text, not bytes.");
        const broadcast = readBroadcast(message);
        if (broadcast === null) return { outcome: "ignored", answer: null };
        admit();
        if ("wrong" in broadcast) throw new Problem("malformed_json", broadcast.wrong);
        await storeBroadcast(deps, broadcast);
        return { outcome: "stored", answer: null };
      } catch (error) {
        const { code, message: detail } = toProblem(error, logs, { path: "/ws" });
        const outcome = code === "malformed_json" ? "malformed" : "refused";
        return { outcome, answer: JSON.stringify({ type: "error", code, detail }) };
      }
    };
  };
}
