import { expect, test } from "bun:test";
import { COMMANDS } from "#src/cli/commands.ts";
import { completionsOf } from "#src/cli/completion.ts";
import { createProgram } from "#src/cli/program.ts";
import { testCli } from "#test/support/cli.ts";

const program = createProgram(testCli().cli, COMMANDS);

test.each([
  ["new --language ru", ["rust"]],
  ["new x --framework a", ["axum", "actix"]],
  ["init --package-manager p", ["poetry", "pip", "pipenv", "pnpm"]],
  ["init --architecture he", ["hexagonal"]],
])("the scaffolder's choices: %s", (line, found) => {
  expect(completionsOf(program, line.split(" "))).toEqual(found);
});
