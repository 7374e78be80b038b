import { readClaudeTelemetry } from "#src/ingest/claude/telemetry.ts";
import { readCodexTelemetry } from "#src/ingest/codex/telemetry.ts";
import { readGeminiTelemetry } from "#src/ingest/gemini/telemetry.ts";
import { joined } from "#src/ingest/reading.ts";
import type { Reading } from "#src/ingest/report.ts";
import { sentAt } from "./event.ts";
import { readGenAiEvent } from "./genai-events.ts";
import type { Steps } from "./pace.ts";
import { senderOf } from "./senders.ts";
import type { SpanMemory } from "./span-memory.ts";
import type { LogRecord } from "./telemetry.ts";

const READERS = {
  claude: readClaudeTelemetry,
  codex: readCodexTelemetry,
  gemini: readGeminiTelemetry,
} as const;

/** In the order in which they happened: a batch has them by scope. */
export function* inOrder(records: readonly LogRecord[]): Steps<readonly LogRecord[]> {
  const timed: { readonly record: LogRecord; readonly at: number }[] = [];
  for (const record of records) {
    timed.push({ record, at: sentAt(record) ?? 0 });
    yield;
  }
  return timed.toSorted((one, other) => one.at - other.at).map(({ record }) => record);
}

/** What log records say of agents; those of other programs say nothing. */
export function* readLogs(records: readonly LogRecord[], memory: SpanMemory): Steps<Reading> {
  const readings: Reading[] = [];
  for (const record of records) {
    const sender = senderOf(record);
    readings.push(sender === null ? readGenAiEvent(record, memory) : READERS[sender](record));
    // An attribute may hold megabytes.
    yield;
  }
  return joined(readings);
}
