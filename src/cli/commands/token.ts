import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { DatabaseManager } from "#src/database/manager.ts";
import { openDatabase } from "#src/database/open.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import type { Cursor } from "#src/domain/listing.ts";
import { Problem } from "#src/domain/problem.ts";
import { CreateToken, issueToken, type Scope, type Token } from "#src/domain/token.ts";
import { SCOPES } from "#src/domain/vocabulary.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import { createRedactor } from "#src/domain/redact.ts";
import { readConfig } from "#src/platform/config.ts";
import type { Clock } from "#src/platform/clock.ts";
import { newUuid } from "#src/platform/ids.ts";
import { createLog } from "#src/platform/log.ts";
import { hashSecret, newTokenSecret, prefixOf } from "#src/platform/token-secret.ts";
import { type Cli, examples, note, print, printJson } from "#src/cli/cli.ts";
import { databaseFile, type FileOptions } from "#src/cli/database-file.ts";
import { CommandError, EXIT, usageError } from "#src/cli/exit.ts";
import { formatAge } from "#src/cli/format.ts";
import { idOrName } from "#src/cli/options.ts";
import { type Column, tableLines } from "#src/cli/table.ts";
import { visible } from "#src/domain/visible.ts";

type Options = FileOptions & { readonly json?: true };
type CreateOptions = Options & { readonly scope: Scope; readonly expires?: string };

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** Rows of one page. */
const PAGE = 1000;

/** `token`: who may use the API. It works on the file, whether a server runs or not. */
export function addToken(program: Command, cli: Cli): void {
  const token = program
    .command("token")
    .description("tokens of the API: make, list, revoke")
    .addHelpText("after", ABOUT)
    .addHelpText("after", examples("orchestrator token create laptop --scope ingest", "orchestrator token list"));

  withFile(token.command("create").description("make a token, and print it: it is shown this once"))
    .argument("<name>", "what it is for", idOrName)
    .addOption(
      new Option("--scope <scope>", "what it may do, each all that the ones before it may")
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option("--expires <time>", "RFC 3339, a date, or from now on: 12h, 30d, 8w", timeAhead(cli.now))
    .addHelpText("after", examples("ORCHESTRATOR_TOKEN=$(orchestrator token create ci --scope ingest --expires 30d)"))
    .action((name: string, options: CreateOptions) => create(cli, name, options));

  withFile(token.command("list").description("list tokens, newest first, without what is secret of them"))
    .addHelpText("after", examples("orchestrator token list --json"))
    .action((options: Options) => list(cli, options));

  withFile(token.command("revoke").description("revoke a token: it is refused from then on, its streams end"))
    .argument("<token>", "its id, name or first characters", idOrName)
    .addHelpText("after", examples("orchestrator token revoke laptop", "orchestrator token revoke orc_4fGh7Kq2"))
    .action((named: string, options: Options) => revoke(cli, named, options));
}

const ABOUT = `
They stand in the database, which a running server follows. On loopback a server asks for a token as soon as there is
one; elsewhere it does not start without. Programs send it as "Authorization: Bearer <token>"; this program takes it
from ORCHESTRATOR_TOKEN.`;

function withFile(command: Command): Command {
  return command
    .option("--env-file <file>", "read variables from a file; those of the environment win")
    .option("--database <file>", "in place of DATABASE_PATH, and of that of the project here")
    .option("--json", "print as JSON");
}

async function create(cli: Cli, name: string, { scope, expires, ...options }: CreateOptions): Promise<void> {
  const command = CreateToken.safeParse({ name, scope, ...(expires === undefined ? {} : { expires_at: expires }) });
  if (!command.success) throw usageError(command.error.issues.map(({ message }) => message).join("; "));
  const secret = newTokenSecret();
  const token = await onDatabase(cli, options, async (db) => {
    const issued = issueToken(command.data, newUuid(), prefixOf(secret), cli.now());
    const made = await db.tokens.insert({ ...issued, hash: hashSecret(secret) });
    await tell(db, cli.now, `Token ${made.prefix}… made on the command line`, made);
    return made;
  });
  if (options.json === true) return printJson(cli, { ...token, secret });
  print(cli, secret);
  const until = token.expires_at === null ? "" : `, until ${token.expires_at}`;
  note(cli, `token "${visible(token.name)}" with the scope ${scope}${until}; it is not shown again`);
}

async function list(cli: Cli, options: Options): Promise<void> {
  const rows = await onKnownDatabase(cli, options, tokensOf);
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, "there are no tokens: every program of this machine may use a server here");
  print(cli, tableLines(columns(cli), rows, cli.terminal.stdout.columns()));
}

async function revoke(cli: Cli, named: string, options: Options): Promise<void> {
  const { token, isLast } = await onKnownDatabase(cli, options, async (db) => {
    const tokens = await tokensOf(db);
    const found = findToken(tokens, named);
    if (!(await db.tokens.remove(found.id))) throw new CommandError(`${shown(named)} is gone`, EXIT.notFound);
    await tell(db, cli.now, `Token ${found.prefix}… revoked on the command line`, found);
    return { token: found, isLast: tokens.length === 1 };
  });
  if (options.json === true) printJson(cli, token);
  else print(cli, `revoked ${visible(token.name)} (${token.prefix}…)`);
  if (isLast) note(cli, "that was the last one: a server on loopback is open to every local program again");
}

/** What was given as a token's name may be the token itself. */
function shown(named: string): string {
  return named.startsWith("orc_") ? `"${visible(prefixOf(named))}…"` : `"${visible(named)}"`;
}

function findToken(tokens: readonly Token[], named: string): Token {
  const whole = tokens.filter(({ id, name }) => id === named || name === named);
  // Also by the token itself, which begins with its prefix.
  const found = whole.length > 0 ? whole : tokens.filter(({ prefix }) => named.startsWith(prefix));
  const [token, other] = found;
  if (token === undefined) throw new CommandError(`there is no token ${shown(named)}`, EXIT.notFound);
  if (other === undefined) return token;
  const which = found.map(({ prefix }) => prefix).join(", ");
  throw usageError(`several tokens are called ${shown(named)}: name one by its first characters, of ${which}`);
}

async function tokensOf(db: DatabaseManager): Promise<Token[]> {
  const tokens: Token[] = [];
  for (let cursor: Cursor | null | undefined; cursor !== null;) {
    const { rows, next } = (await db.tokens.list({}, { limit: PAGE, cursor })).value;
    tokens.push(...rows);
    cursor = next;
  }
  return tokens;
}

/** Beside what the server notes of its own. */
async function tell(db: DatabaseManager, now: Clock, message: string, { id, name, scope }: Token): Promise<void> {
  const details = { event: "privileged", token: null, subject: { id, name, scope } };
  await db.systemLogs.append({
    log_level: "INFO",
    component: "auth",
    message,
    details,
    created_at: toTimestamp(now()),
  });
}

/** Looks for tokens only where there can be one. */
async function onKnownDatabase<Value>(
  cli: Cli,
  options: FileOptions,
  work: (db: DatabaseManager) => Promise<Value>,
): Promise<Value> {
  const path = databaseFile(cli, options);
  if (!existsSync(path)) throw new CommandError(`there is no database at ${visible(path)}`, EXIT.notFound);
  return onDatabase(cli, options, work);
}

/** Makes, adopts or migrates the file when that was not done yet, as a server would. */
async function onDatabase<Value>(
  cli: Cli,
  options: FileOptions,
  work: (db: DatabaseManager) => Promise<Value>,
): Promise<Value> {
  const path = databaseFile(cli, options);
  const { redact, redactPatterns } = readConfig(cli.environment(options.envFile));
  const isNew = !existsSync(path);
  try {
    const redactor = redact ? createRedactor(redactPatterns) : null;
    await using db = await openDatabase({ path, clock: cli.now, log: createLog("warn"), redactor });
    if (isNew) note(cli, `made the database ${visible(path)}`);
    return await work(db);
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw new CommandError(error.message);
    if (error instanceof Problem) throw usageError(error.message);
    throw error;
  }
}

function columns(cli: Cli): Column<Token>[] {
  const age = (at: string | null) => (at === null ? "-" : `${formatAge(cli.now() - Date.parse(at))} ago`);
  return [
    { title: "NAME", text: ({ name }) => visible(name) },
    { title: "SCOPE", text: ({ scope }) => scope },
    { title: "TOKEN", text: ({ prefix }) => `${prefix}…`, whole: true },
    { title: "MADE", text: ({ created_at }) => age(created_at) },
    { title: "USED", text: ({ last_used_at }) => age(last_used_at) },
    { title: "EXPIRES", text: ({ expires_at: at }) => expiry(at, cli.now()) },
    { title: "ID", text: ({ id }) => visible(id), whole: true },
  ];
}

function expiry(at: string | null, now: number): string {
  if (at === null) return "never";
  return Date.parse(at) <= now ? "expired" : at;
}

/** A time as the API takes it, or how long from now. */
function timeAhead(now: Clock) {
  return (text: string): string => {
    const [, count, unit] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
    if (count !== undefined) return toTimestamp(now() + Number(count) * UNIT_MS[unit!]!);
    const { data: millis } = CreateToken.shape.expires_at.safeParse(text);
    if (typeof millis !== "number") {
      throw new InvalidArgumentError("It may be RFC 3339, a date such as 2099-01-01, or from now on: 12h, 30d, 8w.");
    }
    if (millis <= now()) throw new InvalidArgumentError("It must be in the future.");
    return text;
  };
}
