import type { Context } from "hono";
import type { CommandDeps } from "#src/commands/deps.ts";
import type { KeptAnswer, KeyedCommand } from "#src/database/idempotency.ts";
import { KEY_HEADER, readKey, REPLAYED_HEADER } from "#src/domain/idempotency.ts";
import { Problem } from "#src/domain/problem.ts";
import type { Env } from "./env.ts";
import { requestUrl } from "./request-url.ts";
import { sendJsonText } from "./send.ts";

/** What of a command's answer is known as soon as it has written: all of it, for a command that may be sent again. */
export type AnswerRule = {
  readonly status: number;
  /** Path of what it makes; null where the answer has no `Location`. */
  readonly path: string | null;
  /** The answer holds what may not be stored: whoever asks again is told that it was done. */
  readonly isSecret: boolean;
  /** The body, of what was written and the command. */
  readonly body: (written: unknown, command: unknown) => unknown;
};

/** What a command works with: where a key came with it, a store that keeps its answer with what it writes. */
export function depsOf<Deps extends CommandDeps>(c: Context<Env>, deps: Deps): Deps {
  const { keeping } = c.env;
  return keeping === null ? deps : { ...deps, db: keeping };
}

/**
 * Runs a command, at most once for each `Idempotency-Key`. Whoever sends the same again with the same key gets the answer of
 * the first. Only what succeeded is kept: after an error it runs again.
 *
 * @param text the body as it was sent
 */
export function answerOnce(
  c: Context<Env>,
  text: string,
  rule: AnswerRule,
  run: () => Response | Promise<Response>,
): Response | Promise<Response> {
  const header = c.req.raw.headers.get(KEY_HEADER);
  return header === null ? run() : answerKeyed(c, commandOf(c, readKey(header), text), rule, run);
}

async function answerKeyed(
  c: Context<Env>,
  command: KeyedCommand,
  rule: AnswerRule,
  run: () => Response | Promise<Response>,
): Promise<Response> {
  const { idempotency } = c.env.db;
  const known = await idempotency.find(command);
  if (known !== null) return repeat(known);
  const made: { answer: KeptAnswer | null } = { answer: null };
  c.env.keeping = idempotency.keeping(command, (written) => {
    made.answer = answerTo(rule, written, bodyOf(c));
    return made.answer;
  });
  try {
    const response = await run();
    if (!response.ok) return response;
    if (made.answer === null) {
      made.answer = await answerIn(response);
      await idempotency.keep(command, made.answer);
    } else if (made.answer.body === null) return response;
    // What is kept itself, so that whoever asks again gets the very same.
    return send(made.answer);
  } catch (error) {
    // Somebody with the same key was first, which may be why this failed; or it was done before it failed.
    const first = await idempotency.find(command).catch(() => null);
    if (first === null) throw error;
    return repeat(first);
  }
}

function commandOf(c: Context<Env>, key: string, text: string): KeyedCommand {
  const { pathname, search } = requestUrl(c.req.raw);
  return {
    key: hash(c.env.principal?.id ?? "", key),
    request: hash(c.req.raw.method, pathname + search, text),
  };
}

/** None of the parts but the last holds a line break. */
function hash(...parts: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(parts.join("\n")).digest("base64url");
}

function bodyOf(c: Context<Env>): unknown {
  return c.req.valid("json" as never);
}

function answerTo({ status, path, isSecret, body }: AnswerRule, written: unknown, command: unknown): KeptAnswer {
  const value = body(written, command);
  const rowId = idOf(value);
  return {
    status,
    body: isSecret ? null : JSON.stringify(value),
    location: path === null || rowId === null ? null : `${path}/${encodeURIComponent(rowId)}`,
    rowId,
  };
}

function idOf(value: unknown): string | null {
  const { id } = value as { readonly id?: string | number };
  return id === undefined ? null : String(id);
}

async function answerIn(response: Response): Promise<KeptAnswer> {
  const { status, headers } = response;
  return { status, body: await response.text(), location: headers.get("Location"), rowId: null };
}

function send({ status, body, location }: KeptAnswer, headers: Readonly<Record<string, string>> = {}): Response {
  return sendJsonText(body!, status, { ...(location === null ? {} : { Location: location }), ...headers });
}

function repeat({ answer, isSame }: { readonly answer: KeptAnswer; readonly isSame: boolean }): Response {
  if (!isSame) {
    const other = "was sent within the last 24 hours with another path, query or body";
    throw new Problem("conflict", `This ${KEY_HEADER} ${other}. Nothing was done: take a new key for a new request.`);
  }
  if (answer.body !== null) return send(answer, { [REPLAYED_HEADER]: "true" });
  const { rowId } = answer;
  const what = rowId === null ? "" : ` It made "${rowId}".`;
  const detail = `This request was done before, with this ${KEY_HEADER}, and its answer is not kept.${what} Nothing was done again.`;
  throw new Problem("conflict", detail, rowId === null ? {} : { id: rowId });
}
