import type { DatabaseManager } from "./manager.ts";

/** A command that may be sent again: SHA-256 of who asks and of the key, and of all that is asked for. */
export type KeyedCommand = { readonly key: string; readonly request: string };

/** What a command was answered, to be given again. */
export type KeptAnswer = {
  readonly status: number;
  /** Its text; null where only that it was done is kept. */
  readonly body: string | null;
  /** Its `Location`; null for none. */
  readonly location: string | null;
  /** Id of the row that it made; null when it made none, or several. */
  readonly rowId: string | null;
};

/** Somebody else was first with this key. Nothing was written; `find` tells what that one was answered. */
export class KeyTaken extends Error {
  override readonly name = "KeyTaken";
}

/** Answers to commands with a key, kept for 24 hours: a key is as if it had never been used from then on. */
export interface IdempotencyStore {
  /** What was answered to whoever was first with this key, and whether they asked for the same; null when nobody was. */
  find(command: KeyedCommand): Promise<{ readonly answer: KeptAnswer; readonly isSame: boolean } | null>;
  /**
   * The same store for one command: its first write keeps the answer with what it writes, both or neither. That write
   * rejects with `KeyTaken` when somebody else was first.
   *
   * @param answerTo what the command answers, of the value that the write resolves with; called while it is written, and
   *   again if that is undone
   */
  keeping(command: KeyedCommand, answerTo: (written: unknown) => KeptAnswer): DatabaseManager;
  /** Keeps the answer of a command that has written nothing. Rejects with `KeyTaken` when somebody else was first. */
  keep(command: KeyedCommand, answer: KeptAnswer): Promise<void>;
  /** Deletes at most one batch of what is older than a day, in the background; true when none is left. */
  forget(): Promise<boolean>;
}
