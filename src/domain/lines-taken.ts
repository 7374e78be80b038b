import { z } from "zod";
import { wholeNumber } from "./listing.ts";

/** Names of the agents whose output is read. */
export const STREAM_SOURCES = ["claude-code", "codex", "gemini", "opencode"] as const;
export type StreamSource = (typeof STREAM_SOURCES)[number];

/** Lines that were left out and are named in an answer. */
export const MOST_SKIPPED = 20;

/** How a piece of an agent's output is told to be a part of it. */
export const LinesQuery = z.strictObject({
  source: z.enum(STREAM_SOURCES).meta({
    description:
      "Whose output: `claude -p --output-format stream-json --verbose`, `codex exec --json`, `gemini -p --output-format stream-json` or `opencode run --format json`",
  }),
  session: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "The agent's id of its session, for lines that do not tell it", examples: ["0199-thread"] }),
  stream: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({
      description:
        "An id of the sender's for this one output: the server keeps how far it has read it, so that it may be sent in pieces, cut between any two lines, and any piece again: each line counts once",
      examples: ["01890000-0000-7000-8000-000000000001"],
    }),
  line: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({
      type: "integer",
      minimum: 0,
      default: 0,
      description: "With `stream`: which line of it the first one here is, from 0",
      examples: [0],
    }),
  end: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional()
    .meta({
      type: "boolean",
      description: "With `stream`: whether the output ends with this piece",
      examples: [true],
    }),
  exit: wholeNumber(0, 255)
    .optional()
    .meta({
      type: "integer",
      minimum: 0,
      maximum: 255,
      description:
        "Code with which the program has exited, where the output ends with this: its agent has then completed (0) or failed, unless its lines told how it ended. Without it an agent that was in the middle of a turn is idle",
      examples: [0],
    }),
});
export type LinesQuery = z.output<typeof LinesQuery>;

export const LinesTaken = z
  .strictObject({
    lines: z.int().meta({ description: "Lines of the body" }),
    repeated: z.int().meta({ description: "Of these, lines that had been read before, as far as that is known" }),
    skipped: z
      .array(
        z.strictObject({ line: z.int().meta({ description: "Its place in the body, from 0" }), detail: z.string() }),
      )
      .meta({ description: `The first ${MOST_SKIPPED} lines that were left out, and why` }),
    next: z
      .int()
      .nullable()
      .meta({ description: "Of a `stream`: the line that is wanted next; an empty body asks for it" }),
  })
  .meta({ id: "LinesTaken", examples: [{ lines: 12, repeated: 0, skipped: [], next: null }] });
export type LinesTaken = z.infer<typeof LinesTaken>;
