import type { Environment } from "#src/platform/config.ts";

/** What a person asked for. */
export type ConnectRequest = {
  /** Address of the server, without a slash at its end, and safe between quotes of a shell. */
  readonly url: string;
  readonly scope: "user" | "project";
  /** Folder of the project; absolute. */
  readonly project: string;
  readonly environment: Environment;
  /** A token to write where the settings take no variable; null for none. */
  readonly storedToken: string | null;
  /** Whether hooks should name the variable of the token, where they must name it. */
  readonly usesToken: boolean;
  /** Whether telemetry carries prompts and answers too. */
  readonly isContentWanted: boolean;
  /** Whether HTTP hooks are wanted, for agents that have them. */
  readonly isHttpWanted: boolean;
};

/** A file after a change, and what a person should know of it. */
export type Edited = { readonly text: string; readonly notes: readonly string[] };

/** One file of an agent's settings. Its functions are pure, and throw `Unmergeable`. */
export type SettingsFile = {
  /** Absolute. */
  readonly path: string;
  /** Mode of the file when it is made. */
  readonly mode: number;
  /** What is added, as the file holds it, with `<token>` for the token. */
  readonly fragment: string;
  /** @param text of the file; null when there is none */
  connect(text: string | null): Edited;
  /**
   * The text without what `connect` wrote, whatever the address was then; null when nothing else is left.
   *
   * @param copies texts of the backups beside it, the newest first
   */
  disconnect(text: string, copies: readonly string[]): string | null;
  /** Whether a person has changed a file that goes whole. */
  isEdited?(text: string): boolean;
};

/** An agent that can be connected. */
export type Agent = {
  readonly title: string;
  files(request: ConnectRequest): readonly SettingsFile[];
  /** What else a person should know or do. */
  notes(request: ConnectRequest): readonly string[];
};

/** A file that cannot be changed without touching what is not ours; the message follows the file's path. */
export class Unmergeable extends Error {
  override readonly name = "Unmergeable";
}

/** Where hooks of a source are posted to. */
export const hooksPath = (source: string) => `/ingest/hooks/${source}`;
