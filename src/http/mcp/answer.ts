import type { CallToolResult } from "@modelcontextprotocol/server";
import type { CommandDeps } from "#src/commands/deps.ts";
import type { Problem } from "#src/domain/problem.ts";

/** What tools and resources need. */
export type McpDeps = CommandDeps & {
  /** Any error as the problem that the API would answer. */
  readonly explain: (error: unknown) => Problem;
};

/** What a tool answers: its result as JSON and as text, or the detail of the problem. Never throws. */
export async function answer(deps: McpDeps, work: () => Promise<object>): Promise<CallToolResult> {
  try {
    const result = await work();
    return { structuredContent: { ...result }, content: [{ type: "text", text: JSON.stringify(result) }] };
  } catch (error) {
    return { isError: true, content: [{ type: "text", text: deps.explain(error).message }] };
  }
}
