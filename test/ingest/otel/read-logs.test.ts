import { expect, test } from "bun:test";
import { readLogs } from "#src/ingest/otel/read-logs.ts";
import { newSpanMemory } from "#src/ingest/otel/span-memory.ts";
import { recordOf } from "./given.ts";

test("others may run after each record: its attributes may hold megabytes of JSON", () => {
  const input = `{"a":[${"[],".repeat(50_000)}1]}`;
  const ran = { "session.id": "s", "event.name": "tool_result", tool_name: "Bash", tool_input: input };
  const records = Array.from({ length: 20 }, (_, at) => recordOf({ ...ran, tool_use_id: `t${at}` }));
  const steps = [...readLogs(records, newSpanMemory())];
  expect(steps).toHaveLength(records.length);
});
