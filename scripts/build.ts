/** Builds the executable of this platform: dist/orchestrator. */
import { $ } from "bun";

const FLAGS = [
  "--compile",
  "--minify",
  "--bytecode",
  "--format=esm",
  "--sourcemap=inline",
  // The executable runs anywhere: it must not pick up the settings of the folder it is started in.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--compile-exec-argv=--disallow-code-generation-from-strings=strict",
];

await $`${process.execPath} build ${FLAGS} src/main.ts --outfile dist/orchestrator`.cwd(`${import.meta.dir}/..`);
