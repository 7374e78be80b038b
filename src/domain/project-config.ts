import { z } from "zod";
import { TokenOptimization } from "./token-optimization.ts";

/** In YAML a section whose lines are all comments is null: it is not there. */
function section<Section extends z.ZodType>(schema: Section) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const Port = z.int().min(1).max(65_535);

/** A project's `config.yml`, for reading. It holds more than this (TAC Bootstrap's own settings), which is kept. */
export const ProjectConfig = z.looseObject({
  project: section(
    z.looseObject({
      name: z.string().optional(),
      language: z.string().optional(),
      framework: z.string().optional(),
      architecture: z.string().optional(),
      package_manager: z.string().optional(),
    }),
  ),
  paths: section(z.record(z.string(), z.string().nullable())),
  commands: section(z.record(z.string(), z.string().nullable())),
  // A limit that is misspelt must not be ignored: this section alone refuses what it does not know.
  agentic: section(z.looseObject({ token_optimization: section(TokenOptimization) })),
  orchestrator: section(
    z.looseObject({
      port: Port.optional(),
      database_path: z.string().optional(),
      web_ui_port: Port.optional(),
    }),
  ),
});
export type ProjectConfig = z.infer<typeof ProjectConfig>;

/** What of it the context of a plan needs: nothing else that is wrong there stands in the way. */
export const ContextConfig = ProjectConfig.pick({ agentic: true });

/** The limits of a project, with the usual ones for those it does not set. */
export function tokenOptimizationOf(config: Pick<ProjectConfig, "agentic">): TokenOptimization {
  return config.agentic?.token_optimization ?? TokenOptimization.parse({});
}
