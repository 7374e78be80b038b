import { stripVTControlCharacters } from "node:util";
import { until } from "#test/support/until.ts";
import { FROM_SOURCE } from "./generated.ts";

export type TestTerminal = AsyncDisposable & {
  /** Waits until this has been shown. */
  sees(text: string): Promise<void>;
  type(keys: string): void;
  shown(): string;
  readonly exited: Promise<number>;
};

/** Runs the program in a pseudo-terminal, as a person would. */
export function openTerminal(cwd: string, args: readonly string[]): TestTerminal {
  const decoder = new TextDecoder();
  let output = "";
  const child = Bun.spawn([...FROM_SOURCE, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color" },
    terminal: {
      cols: 100,
      rows: 40,
      data: (_terminal, data) => void (output += decoder.decode(data, { stream: true })),
    },
  });
  const shown = () => stripVTControlCharacters(output);
  return {
    shown,
    type: (keys) => void child.terminal!.write(keys),
    sees: async (text) => void (await until(`"${text}" in ${shown()}`, () => shown().includes(text))),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      child.terminal!.close();
    },
  };
}
