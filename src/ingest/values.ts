import { createHash } from "node:crypto";
import { markCut } from "#src/domain/cut-text.ts";

// Tolerant readers of untrusted JSON: what is not as hoped is null or empty, and nothing here throws.

/** UTF-16 units of a short text: a name, a reason, a string in details. */
const SHORT = 4_000;
/** Of a prompt or an answer. */
const LONG = 1_000_000;
const ID = 200;
/** What may be shown of a value. */
const SHOWN = { depth: 6, items: 50, keys: 50, key: 200, all: 100_000 } as const;
/** Levels of nesting that no event has. */
const DEEP = 1_000;
/** 1,000 million dollars: no price of a call. */
const MOST_USD = 1_000_000_000;
/** The last millisecond of the year 9999. */
const LAST_MS = 253_402_300_799_999;

const NUMERIC = /^[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/;
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]{5,20}(Z|[+-]\d\d:?\d\d)$/;
/** What no id holds that is to be shown in a line: controls, what is invisible, ends of lines. */
const UNFIT_FOR_ID = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const EMPTY_RECORD: Readonly<Record<string, unknown>> = Object.freeze({});
const EMPTY_LIST: readonly unknown[] = Object.freeze([]);

/** The fields of an object; none of anything else. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : EMPTY_RECORD;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : EMPTY_LIST;
}

/** A short text that can be stored, cut where it is too long; null for an empty one and what is none. */
export function text(value: unknown, limit: number = SHORT): string | null {
  return typeof value === "string" && value !== "" ? storable(value, limit) : null;
}

/** A prompt or an answer: like `text`, of up to 1,000,000 characters. */
export function longText(value: unknown): string | null {
  return text(value, LONG);
}

/** A text on one line and at most so long, for messages: white space becomes one blank. Null when nothing is left. */
export function oneLine(value: unknown, limit: number): string | null {
  if (typeof value !== "string") return null;
  // More than fits is not looked at: it may be a whole file.
  const line = storable(value.slice(0, limit * 4), Infinity)
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  if (line === "") return null;
  return line.length <= limit ? line : `${uncut(line, limit - 1).trimEnd()}…`;
}

/** A finite number, or a text that is one (OTLP and Codex send numbers as texts). */
export function num(value: unknown): number | null {
  if (typeof value === "string") return NUMERIC.test(value.trim()) ? finite(Number(value)) : null;
  return typeof value === "number" ? finite(value) : null;
}

/** A count of tokens, milliseconds or steps: whole, never negative. */
export function count(value: unknown): number | null {
  const number = num(value);
  if (number === null || number < 0) return null;
  const whole = Math.round(number);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** US dollars: never negative. */
export function usd(value: unknown): number | null {
  const number = num(value);
  return number !== null && number >= 0 && number <= MOST_USD ? number : null;
}

export function flag(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  if (value === "true") return true;
  return value === "false" ? false : null;
}

/** A time as UTC milliseconds: an ISO text with its zone, or a number of milliseconds. */
export function timeMs(value: unknown): number | null {
  const isIso = typeof value === "string" && ISO.test(value);
  const ms = isIso ? finite(Date.parse(value)) : num(value);
  return ms !== null && ms >= 0 && ms <= LAST_MS ? Math.round(ms) : null;
}

/** An id of the source. One that is too long or unfit to be shown is replaced by its hash; null for none. */
export function safeId(value: unknown): string | null {
  const id = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (typeof id !== "string" || id.trim() === "") return null;
  return id.length <= ID && id.isWellFormed() && !UNFIT_FOR_ID.test(id) ? id : hashOf(id);
}

/** A short hash of texts that keeps them apart: ("a", "b") is not ("ab"). */
export function hashOf(...parts: readonly string[]): string {
  return shortHash(JSON.stringify(parts));
}

function shortHash(written: string): string {
  return createHash("sha256").update(written).digest("base64url").slice(0, 22);
}

/** A short hash of an event, for one without an id. */
export function hashOfEvent(event: unknown): string {
  // Not by `hashOf`, which would write it a second time: it may be long.
  return shortHash(asJson(event));
}

/** Of what is nested deeper than any event, what is shown of it must do: writing it would take the stack, and long. */
function asJson(value: unknown): string {
  return JSON.stringify(isDeep(value) ? shown(value) : value) ?? "";
}

function isDeep(root: unknown): boolean {
  const pending: { readonly value: object; readonly depth: number }[] = [];
  if (typeof root === "object" && root !== null) pending.push({ value: root, depth: 0 });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (depth === DEEP) return true;
    for (const inner of Object.values(value)) {
      if (typeof inner === "object" && inner !== null) pending.push({ value: inner, depth: depth + 1 });
    }
  }
  return false;
}

/** What is left to be shown, in characters; each value costs some. */
type Room = { left: number };

/** A value of JSON, bounded and fit to be stored: for `details` of a log. */
export function shown(value: unknown): unknown {
  return shownAt(value, 0, { left: SHOWN.all });
}

/** An object of which fields without a value are left out, each bounded: for `details` of a log. */
export function shownFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return shown(Object.fromEntries(given)) as Record<string, unknown>;
}

/** Recursive, to a depth that is bounded. */
function shownAt(value: unknown, depth: number, room: Room): unknown {
  room.left -= 8;
  if (typeof value === "string") return shownText(value, room);
  if (typeof value === "number") return finite(value);
  if (typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) return shownList(value, depth, room);
  return shownRecord(value as Record<string, unknown>, depth, room);
}

function shownText(value: string, room: Room): string {
  const short = storable(value, Math.max(0, Math.min(SHORT, room.left)));
  room.left -= short.length;
  return short;
}

function shownList(value: readonly unknown[], depth: number, room: Room): unknown {
  if (isTooMuch(value.length, depth, room)) return `[… ${value.length} items]`;
  const items: unknown[] = [];
  for (const item of value.slice(0, SHOWN.items)) {
    if (room.left <= 0) break;
    items.push(shownAt(item, depth + 1, room));
  }
  if (items.length < value.length) items.push(`[… ${value.length - items.length} more]`);
  return items;
}

function shownRecord(value: Readonly<Record<string, unknown>>, depth: number, room: Room): unknown {
  const keys = Object.keys(value);
  if (isTooMuch(keys.length, depth, room)) return `{… ${keys.length} fields}`;
  // From entries: `__proto__` is a field like any other.
  const fields: [string, unknown][] = [];
  for (const key of keys.slice(0, SHOWN.keys)) {
    if (room.left <= 0) break;
    const name = storable(key, SHOWN.key);
    room.left -= name.length;
    fields.push([name, shownAt(value[key], depth + 1, room)]);
  }
  if (fields.length < keys.length) fields.push(["…", `${keys.length - fields.length} more`]);
  return Object.fromEntries(fields);
}

function isTooMuch(size: number, depth: number, room: Room): boolean {
  return size > 0 && (depth >= SHOWN.depth || room.left <= 0);
}

/** A text without NUL and unpaired surrogates, and at most so long, or with the mark of what was cut. */
function storable(value: string, limit: number): string {
  if (value.length <= limit) return value.replaceAll("\0", "\uFFFD").toWellFormed();
  const kept = uncut(value, limit - markCut(value.length).length - 1);
  const mark = markCut(value.length - kept.length);
  return storable(kept === "" ? mark : `${kept}\n${mark}`, Infinity);
}

/** Its beginning, ending in no half of a pair. */
function uncut(value: string, limit: number): string {
  const end = Math.max(0, limit);
  const isSplit = end > 0 && (value.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return value.slice(0, isSplit ? end - 1 : end);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
