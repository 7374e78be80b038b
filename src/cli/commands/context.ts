import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { type Clarification, type ContextMaterial, quoteName } from "#src/domain/context-markdown.ts";
import { ContextConfig, tokenOptimizationOf } from "#src/domain/project-config.ts";
import { applyTokenLimits, type Cut, TokenOptimization } from "#src/domain/token-optimization.ts";
import { type Cli, examples, note, print, printJson } from "#src/cli/cli.ts";
import { DEFAULT_FILE, readConfigFile } from "#src/cli/project-config.ts";
import { EXIT, CommandError, usageError } from "#src/cli/exit.ts";
import { formatCount } from "#src/cli/format.ts";
import { loadTokenizer } from "#src/cli/tokenizer.ts";
import { visible, visibleLines } from "#src/domain/visible.ts";

type Options = {
  readonly issue: string;
  readonly files?: string[];
  readonly docs?: string[];
  readonly clarifications?: string[];
  readonly screenshots?: string[];
  readonly config?: string | false;
  readonly json?: true;
};

const STDIN = 0;
const MOST_NAMES = 200;

/** `context`: the context of a planning prompt, trimmed to the token limits of a project. */
export function addContext(program: Command, cli: Cli): void {
  program
    .command("context")
    .description("trim an issue and what belongs to it to the context of a planning prompt")
    .requiredOption("--issue <file>", "the issue; - reads it from stdin")
    .option("--files <files...>", "files that the issue refers to, the most important first")
    .option("--docs <files...>", "documents, of which each becomes a summary")
    .option("--clarifications <files-or-texts...>", "files, or texts in quotes")
    .option("--screenshots <files...>", "pictures, named only")
    .option("--config <file>", `file with agentic.token_optimization; default ${DEFAULT_FILE}, where there is one`)
    .option("--no-config", "the usual limits, whatever stands there")
    .option("--json", "print context, cuts and tokens as JSON")
    .addHelpText(
      "after",
      "\nThe context goes to stdout; what was cut, and how many tokens that saves, to stderr. Tokens are those of o200k_base\n" +
        "(GPT-4o and later); other models count a little differently.",
    )
    .addHelpText(
      "after",
      examples(
        "orchestrator context --issue issue.md --files src/a.ts src/b.ts --config config.yml > context.md",
        'gh issue view 42 | orchestrator context --issue - --clarifications "Keep the old API."',
      ),
    )
    .action((options: Options) => context(cli, options));
}

async function context(cli: Cli, options: Options): Promise<void> {
  const limits = readLimits(cli, options.config);
  const material = readMaterial(options);
  const { name: tokenizer, count } = await loadTokenizer();
  const result = applyTokenLimits(material, limits, count);
  const { cuts, tokensBefore: before, tokensAfter: after } = result;
  if (options.json === true) {
    const shown = cuts.map(({ tokensSaved, leftOut, ...cut }) => ({
      ...cut,
      tokens_saved: tokensSaved,
      left_out: leftOut,
    }));
    printJson(cli, { context: result.context, cuts: shown, tokens_before: before, tokens_after: after, tokenizer });
    return;
  }
  const text = result.context.trimEnd();
  // Elsewhere it goes to a model or a file, as it is.
  print(cli, cli.terminal.stdout.isTerminal ? visibleLines(text) : text);
  for (const cut of cuts) note(cli, cutLine(cut));
  const saved = formatCount(before - after);
  note(cli, `tokens: ${formatCount(before)} -> ${formatCount(after)}, ${saved} saved (${tokenizer})`);
}

function readLimits(cli: Cli, config: Options["config"]): TokenOptimization {
  const usual = TokenOptimization.parse({});
  if (typeof config === "string") return tokenOptimizationOf(readConfigFile(config, ContextConfig));
  if (config === false || !existsSync(DEFAULT_FILE)) return usual;
  try {
    const limits = tokenOptimizationOf(readConfigFile(DEFAULT_FILE, ContextConfig));
    if (!Bun.deepEquals(limits, usual)) note(cli, `limits: those of ${DEFAULT_FILE}`);
    return limits;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    note(cli, `limits: the usual ones, for ${error.message}`);
    return usual;
  }
}

function cutLine({ what, unit, from, to, tokensSaved, leftOut }: Cut): string {
  const names = leftOut.map(quoteName).join(", ");
  const list = names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES)}…` : names;
  const left = list === "" ? "" : `, left out: ${list}`;
  return visible(
    `cut: ${what} ${formatCount(from)} -> ${formatCount(to)} ${unit}, ${formatCount(tokensSaved)} tokens saved${left}`,
  );
}

function readMaterial({ issue, files, docs, clarifications, screenshots }: Options): ContextMaterial {
  const named = (path: string) => ({ path, text: readText(path) });
  for (const picture of screenshots ?? []) if (!existsSync(picture)) throw missing(picture);
  return {
    issue: readText(issue === "-" ? STDIN : issue),
    files: (files ?? []).map(named),
    docs: (docs ?? []).map(named),
    clarifications: (clarifications ?? []).map(readClarification),
    screenshots: screenshots ?? [],
  };
}

/** A file, or the text itself: one word that is no file is a mistyped path rather than a clarification. */
function readClarification(fileOrText: string): Clarification {
  if (existsSync(fileOrText)) return { name: fileOrText, text: readText(fileOrText) };
  if (!/\s/.test(fileOrText.trim())) throw missing(fileOrText);
  return { name: null, text: fileOrText };
}

function readText(path: string | typeof STDIN): string {
  const name = path === STDIN ? "stdin" : path;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw missing(name);
    throw new CommandError(`${name} cannot be read: ${(error as Error).message}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Told below, like a NUL.
  }
  throw usageError(`${name} is no text in UTF-8`);
}

function missing(path: string): CommandError {
  return new CommandError(`there is no file ${quoteName(path)}`, EXIT.notFound);
}
