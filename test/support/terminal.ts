import { stripVTControlCharacters } from "node:util";
import { MAIN } from "./program.ts";
import { createScreenModel, type ScreenModel } from "./screen-model.ts";
import { until } from "./until.ts";

export type TerminalOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** The program in a pseudo-terminal, as a person has it before them. */
export type TestTerminal = AsyncDisposable & {
  /** All that was written, with every escape sequence. */
  readonly raw: string;
  readonly screen: ScreenModel;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  /** Waits until this has been written, sequences left out. */
  sees(text: string | RegExp): Promise<void>;
  /** Waits until the lines of the screen pass. */
  shows(what: string, passes: (lines: readonly string[]) => boolean): Promise<readonly string[]>;
  readonly exited: Promise<number>;
};

export const CTRL_C = "\u0003";
export const ENTER = "\r";

export function openTerminal(url: string, args: readonly string[], options: TerminalOptions = {}): TestTerminal {
  const { columns = 100, rows = 30, env = {} } = options;
  const decoder = new TextDecoder();
  const screen = createScreenModel(columns, rows);
  let raw = "";
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ORCHESTRATOR_URL: url, ...env },
    terminal: {
      cols: columns,
      rows,
      data(_terminal, data) {
        const text = decoder.decode(data, { stream: true });
        raw += text;
        screen.write(text);
      },
    },
  });
  const seen = (): string => stripVTControlCharacters(raw);
  return {
    get raw() {
      return raw;
    },
    screen,
    type: (keys) => void child.terminal!.write(keys),
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows);
      child.terminal!.resize(newColumns, newRows);
    },
    kill: (signal) => child.kill(signal),
    async sees(text) {
      const isThere = () => (typeof text === "string" ? seen().includes(text) : text.test(seen()));
      await until(`${text}`, isThere).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(seen())}`);
      });
    },
    async shows(what, passes) {
      await until(what, () => passes(screen.lines)).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(screen.lines, null, 1)}`);
      });
      return screen.lines;
    },
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      child.terminal!.close();
    },
  };
}
