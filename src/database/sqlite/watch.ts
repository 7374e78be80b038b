import type { Database } from "bun:sqlite";
import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { realPath } from "#src/database/real-path.ts";
import type { Log } from "#src/platform/log.ts";

const LISTENING_MS = 20;
const IDLE_MS = 250;
const FILE_CHECK_MS = 1_000;
/** About what a commit's sync takes. */
const SYNC_MS = 2;

/** Sees the commits of other processes: polls `data_version`, and looks at once when the folder stirs. */
export type Watch = {
  /** Polls every 20 ms and watches the folder while somebody listens, else polls every 250 ms. */
  attend(listening: boolean): void;
  close(): void;
};

export type WatchListener = {
  /** Another connection has committed. */
  onCommit(): void;
  /** The file is no longer at its path: what is written now would be lost. */
  onGone(): void;
};

/**
 * `data_version` of the connection that writes moves exactly when another connection has committed. It is the truth;
 * the folder's events only shorten the wait, and need not come.
 */
export function watchForeignCommits(db: Database, path: string, log: Log, listener: WatchListener): Watch {
  const query = db.prepare<{ data_version: number }, []>("pragma data_version");
  const file = fileId(path);
  let fileCheckedAt = performance.now();
  let seen = query.get()!.data_version;
  let timer = setInterval(look, IDLE_MS);
  let listens = false;
  let seesTrouble = false;

  function checkFile(): void {
    const now = performance.now();
    if (now - fileCheckedAt < FILE_CHECK_MS) return;
    fileCheckedAt = now;
    if (fileId(path) !== file) listener.onGone();
  }

  function look(): void {
    try {
      checkFile();
      const { data_version: version } = query.get()!;
      if (version === seen) return;
      seen = version;
      listener.onCommit();
      seesTrouble = false;
    } catch (error) {
      // Once for all that follow: it looks many times a second.
      if (!seesTrouble) log.error("cannot see what other programs wrote", { error });
      seesTrouble = true;
    }
  }

  let folder: FSWatcher | null = null;
  let lookAgain: ReturnType<typeof setTimeout> | null = null;

  /** The folder stirs when the journal is written, which is before it is synced and the commit can be seen. */
  function stirred(): void {
    look();
    lookAgain ??= setTimeout(() => {
      lookAgain = null;
      look();
    }, SYNC_MS);
  }

  return {
    attend(listening) {
      if (listening === listens) return;
      listens = listening;
      clearInterval(timer);
      timer = setInterval(look, listening ? LISTENING_MS : IDLE_MS);
      // Our own commits stir the folder too, several times each: not worth it while nobody waits for anything.
      folder?.close();
      folder = listening ? watchFolder(dirname(realPath(path)), stirred, log) : null;
    },
    close() {
      clearInterval(timer);
      if (lookAgain !== null) clearTimeout(lookAgain);
      folder?.close();
    },
  };
}

function watchFolder(path: string, look: () => void, log: Log): FSWatcher | null {
  try {
    const watcher = watch(path, look);
    watcher.on("error", (error) => log.debug("folder events stopped; polling goes on", { error }));
    return watcher;
  } catch (error) {
    log.debug("no folder events here; polling alone", { error });
    return null;
  }
}

/** Which file stands at the path; null when there is none. */
export function fileId(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}
