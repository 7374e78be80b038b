import { z } from "zod";
import { SEARCHED } from "./search-text.ts";
import { Instant } from "./timestamp.ts";

/** Where a page ended: the ordering time in UTC milliseconds, and the id that breaks ties. */
export type Cursor = { readonly millis: number; readonly id: string | number };

/** Which rows of a list: a window over its ordering time, and where to go on. */
export type PageRequest = {
  readonly limit: number;
  readonly cursor?: Cursor | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
};

/** Writes a cursor as the opaque text of a `Link`. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.millis, cursor.id])).toString("base64url");
}

/** Ids of logs are numbers, all others text (-1 stands for an id that other programs left out). */
const CURSOR_IDS = { text: z.union([z.string(), z.literal(-1)]), number: z.int() };
type IdKind = keyof typeof CURSOR_IDS;

function cursorText(ids: IdKind) {
  const parts = z.tuple([z.int(), CURSOR_IDS[ids]]);
  return z
    .string()
    .transform((text, context): Cursor => {
      try {
        const [millis, id] = parts.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
        return { millis, id };
      } catch {
        context.addIssue({
          code: "custom",
          message: "not a cursor of this list: take it from its Link header as it is",
        });
        return z.NEVER;
      }
    })
    .meta({ type: "string", description: "Where the page before ended, from its `Link` header" });
}

/** A whole number in a query. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, "expected a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

export const Limit = wholeNumber(1, 1000)
  .default(100)
  .meta({ type: "integer", minimum: 1, maximum: 1000, default: 100, description: "Rows of one page" });

const page = (ids: IdKind) => ({ limit: Limit, cursor: cursorText(ids).optional() });

const window = {
  since: Instant.optional().meta({ description: "Not before (inclusive)", examples: ["2026-02-05T10:30:00Z"] }),
  until: Instant.optional().meta({ description: "Before (exclusive)", examples: ["2026-02-06"] }),
};

/** The query of a list without a time window. Unknown parameters are refused. */
export function listQuery<Shape extends z.ZodRawShape>(filters: Shape) {
  return z.strictObject({ ...filters, ...page("text") });
}

/** The query of a list with `since` and `until`. Unknown parameters are refused. */
export function windowedListQuery<Shape extends z.ZodRawShape>(filters: Shape, ids: IdKind = "text") {
  return z.strictObject({ ...filters, ...window, ...page(ids) });
}

/** Characters of a filter: a hundred of the longest values. */
const MOST_FILTER = 25_600;

const MOST_VALUES = 100;

/** A filter of which a comma means "any of", of at most so many. */
export function anyOf<Schema extends z.ZodType<string, string>>(item: Schema, most = MOST_VALUES) {
  return z
    .string()
    .min(1)
    .max(MOST_FILTER)
    .transform((text) => text.split(","))
    .pipe(z.array(item).min(1).max(most))
    .optional();
}

/** A filter over free text, such as an id. A comma means "any of". */
export function anyText(description: string, most?: number) {
  return anyOf(z.string().min(1).max(255), most).meta({
    type: "string",
    description: `${description}; a comma means "any of"${most === undefined ? "" : `, at most ${most}`}`,
  });
}

/** A filter over a closed set. A comma means "any of". */
export function anyOfSet<const Values extends readonly [string, ...string[]]>(values: Values) {
  return anyOf(z.enum(values)).meta({ type: "string", description: `Of ${values.join(", ")}; a comma means "any of"` });
}

export const Search = z
  .string()
  // An emptied search box asks for everything.
  .transform((typed) => (typed.trim() === "" ? undefined : typed.slice(0, SEARCHED)))
  .optional()
  .meta({
    type: "string",
    description:
      'Words that the row holds, all of them, in any case and with or without accents; the last may be the beginning of one. "Quotes" hold a phrase, `-` before a word or phrase leaves out what has it. What holds no word is looked for as it is. Whatever is typed is a search: nothing is refused; the first 500 characters count. Right after a burst of writes an answer may be of what has been indexed: `X-Change-Seq` says up to where.',
    examples: ['"connection refused" timeout -retry'],
  });

/** In the rows of a list that was asked with `q`. */
export const Highlight = z
  .string()
  .optional()
  .meta({
    description:
      "With `q`: the part of the row that was found, as HTML: matches in `<mark>`, everything else of the text escaped. Absent when nothing was wanted, only left out",
    examples: ["Planning of <mark>issue</mark> <mark>42</mark> is done"],
  });
