import { isRecord, list, longText, record, text } from "#src/ingest/values.ts";
import { parsedJson } from "./parsed-json.ts";
import type { Attributes } from "./telemetry.ts";

/** Attributes that hold messages, as lists or as JSON of one; the convention first, then what libraries write. */
const INPUTS = ["gen_ai.input.messages", "gen_ai.prompt", "ai.prompt.messages", "ai.prompt"] as const;
const OUTPUTS = ["gen_ai.output.messages", "gen_ai.completion", "ai.response.text"] as const;
/** Messages of one attribute each (`gen_ai.prompt.0.content`). */
const MOST_NUMBERED = 1_000;

/** What the last message of a person was; null when it is not told. */
export function lastPrompt(attributes: Attributes): string | null {
  const messages = messagesOf(attributes, INPUTS, "gen_ai.prompt");
  const last =
    messages.findLast((message) => roleOf(message) === "user") ?? (messages.length === 1 ? messages[0] : null);
  return last === undefined || last === null ? null : contentOf(last);
}

/** What the model answered in words; null when it is not told, or only called tools. */
export function answer(attributes: Attributes): string | null {
  const texts = messagesOf(attributes, OUTPUTS, "gen_ai.completion").map(contentOf);
  return longText(texts.filter((one) => one !== null).join("\n\n"));
}

function messagesOf(attributes: Attributes, names: readonly string[], numbered: string): readonly unknown[] {
  for (const name of names) {
    const value = parsedJson(attributes.get(name));
    if (Array.isArray(value)) return value;
    if (isRecord(value)) return Array.isArray(value["messages"]) ? (value["messages"] as unknown[]) : [value];
    if (typeof value === "string" && value !== "") return [value];
  }
  return numberedMessages(attributes, numbered);
}

function numberedMessages(attributes: Attributes, prefix: string): readonly unknown[] {
  const messages: unknown[] = [];
  for (let at = 0; at < MOST_NUMBERED; at += 1) {
    const content = attributes.get(`${prefix}.${at}.content`);
    const role = attributes.get(`${prefix}.${at}.role`);
    if (content === undefined && role === undefined) break;
    messages.push({ role, content: parsedJson(content) });
  }
  return messages;
}

function roleOf(message: unknown): string | null {
  const { role } = record(message) as { role?: unknown };
  return text(role, 100);
}

/** Parts of the convention (`{type: "text", content}`), of the services (`{type: "text", text}`), or plain text. */
function contentOf(message: unknown): string | null {
  if (typeof message === "string") return longText(message);
  const { parts, content } = record(message) as { parts?: unknown; content?: unknown };
  const given = parts ?? content;
  if (typeof given === "string") return longText(given);
  const texts = list(given).map((part) => {
    if (typeof part === "string") return part;
    const { type, content: words, text: otherWords } = record(part) as Record<string, unknown>;
    if (type !== undefined && type !== "text") return "";
    return text(words ?? otherWords, Infinity) ?? "";
  });
  return longText(texts.filter((one) => one !== "").join("\n\n"));
}
