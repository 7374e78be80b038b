import * as fc from "fast-check";
import type { Schema } from "./document.ts";
import { HOSTILE_JSON, HOSTILE_KEYS, withHostile } from "./hostile-values.ts";
import { type Sources, validValue } from "./schema-arbitrary.ts";

/** An object's fields as JSON texts: so that it can hold what no value of JavaScript can, a field twice for example. */
type Entries = readonly (readonly [key: string, text: string])[];
type Choice = { readonly index: number; readonly key: string; readonly text: string };

const MUTATIONS = ["drop", "add", "replace", "double", "wrap", "element"] as const;

/** Bodies of a command as they are sent: valid by the schema, or broken from a valid one. */
export function bodyOf(schema: Schema, sources: Sources): fc.Arbitrary<string | Uint8Array> {
  const valid = validValue(schema, sources);
  const broken = fc
    .tuple(
      valid,
      fc.array(fc.tuple(fc.constantFrom("replace", "replace", ...MUTATIONS), choices()), {
        minLength: 1,
        maxLength: 2,
      }),
    )
    .map(([value, mutations]) =>
      mutations.reduce((text, [mutation, choice]) => mutate(text, mutation, choice), withHostile(value)),
    );
  return fc.oneof(
    { weight: 5, arbitrary: valid.map((value) => withHostile(value)) },
    { weight: 4, arbitrary: broken },
    {
      weight: 1,
      arbitrary: fc
        .tuple(valid, fc.nat(), fc.nat(ENCODINGS.length - 1))
        .map(([value, at, index]) => ENCODINGS[index]!(withHostile(value), at)),
    },
  );
}

function choices(): fc.Arbitrary<Choice> {
  return fc.record({
    index: fc.nat(20),
    key: fc.constantFrom(...HOSTILE_KEYS),
    text: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_JSON) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)) },
    ),
  });
}

function mutate(text: string, mutation: (typeof MUTATIONS)[number], choice: Choice): string {
  const value = parsed(text);
  if (Array.isArray(value) && mutation === "element" && value.length > 0) {
    const texts = value.map((item) => JSON.stringify(item));
    const at = choice.index % texts.length;
    return `[${texts.with(at, mutate(texts[at]!, "replace", choice)).join()}]`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return choice.text;
  const entries: Entries = Object.entries(value).map(([key, field]) => [JSON.stringify(key), JSON.stringify(field)]);
  return written(mutated(entries, mutation, choice), mutation === "wrap");
}

/** What a mutation before has made unreadable is replaced whole. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function mutated(entries: Entries, mutation: (typeof MUTATIONS)[number], { index, key, text }: Choice): Entries {
  const at = entries.length === 0 ? 0 : index % entries.length;
  const [chosen = key] = entries[at] ?? [];
  switch (mutation) {
    case "drop":
      return entries.toSpliced(at, 1);
    case "add":
      return [...entries, [key, text]];
    case "double":
      return [...entries, [chosen, text]];
    case "replace":
    case "element":
      return entries.toSpliced(at, 1, [chosen, text]);
    case "wrap":
      return entries;
  }
}

function written(entries: Entries, isWrapped: boolean): string {
  const text = `{${entries.map((entry) => entry.join(":")).join()}}`;
  return isWrapped ? `[${text}]` : text;
}

/** Ways to send a JSON text that are no JSON, or not in UTF-8. `at` is any place in it. */
const ENCODINGS: readonly ((text: string, at: number) => string | Uint8Array)[] = [
  () => "",
  () => " \n",
  () => "name=x&agent_type=y",
  () => "<xml/>",
  () => "NaN",
  () => "[".repeat(50_000),
  () => "x".repeat(1_100_000),
  () => "🦊".repeat(20_000),
  (text, at) => text.slice(0, at % text.length),
  (text) => `${text}x`,
  (text) => `${text}\n${text}`,
  (text) => `/* c */${text}`,
  (text) => text.replaceAll('"', "'"),
  (text) => `\ufeff${text}`,
  (text) => `${text}\0`,
  (text) => JSON.stringify(text),
  (text) => ` \t\r\n${text}\n`,
  (text) => new Uint8Array(Buffer.from(text, "utf16le")),
  (text) => new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")])),
  (text) => new Uint8Array(Buffer.from(`${text}\u00ff`, "latin1")),
  (text, at) => {
    const bytes = new Uint8Array(Buffer.from(text));
    bytes[at % bytes.length] = 0xff;
    return bytes;
  },
  (text) => Bun.gzipSync(Buffer.from(text)),
];
