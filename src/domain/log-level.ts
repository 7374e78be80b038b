import { z } from "zod";
import { anyOf } from "./listing.ts";
import { LOG_LEVELS } from "./vocabulary.ts";

export const LogLevel = z.enum(LOG_LEVELS).meta({ id: "LogLevel" });
export type LogLevel = z.infer<typeof LogLevel>;

const upperCased = z.string().transform((level) => level.toUpperCase());

/** A level in a request: any case. */
export const LogLevelInput = upperCased
  .pipe(z.enum(LOG_LEVELS))
  .meta({ type: "string", description: `${LOG_LEVELS.join(", ")}, in any case`, examples: ["INFO"] });

/** A level filter: any case, a comma means "any of". */
export const LogLevelFilter = anyOf(LogLevelInput).meta({
  type: "string",
  description: `Of ${LOG_LEVELS.join(", ")}; a comma means "any of"`,
});
