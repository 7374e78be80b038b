import type { WatchNotice } from "#src/client/client.ts";
import { type Cli, note } from "./cli.ts";
import { visible } from "#src/domain/visible.ts";

const REASONS = { pruned: "pruned", ahead: "replaced by an older one", replaced: "replaced by another one" } as const;

/** Says on stderr, once each time, when a watch stops being live and when it is live again. */
export function createTeller(cli: Cli): (notice: WatchNotice<unknown>) => void {
  let isBroken = false;
  const say = (text: string) => note(cli, cli.notePaint.yellow(visible(text)));
  return (notice) => {
    if (notice.type === "stale") {
      say(`the history was ${REASONS[notice.reason]}; going on from change ${notice.head_seq}`);
    } else if (notice.type === "disconnected" && !isBroken) {
      isBroken = true;
      say(brokenText(notice.error));
    } else if (notice.type === "connected" && isBroken) {
      isBroken = false;
      say("live again");
    }
  };
}

export function brokenText(error: Error): string {
  return `not live, trying again: ${error.message}`;
}
