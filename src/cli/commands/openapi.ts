import type { Command } from "commander";
import { type Cli, connect, examples, printJson, type ServerOptions, withServer } from "#src/cli/cli.ts";

/** `openapi`: the document of the API. */
export function addOpenapi(program: Command, cli: Cli): void {
  withServer(program.command("openapi").description("print the server's OpenAPI document"))
    .addHelpText("after", examples("orchestrator openapi > openapi.json"))
    .action(async (options: ServerOptions) => printJson(cli, await connect(cli, options).getOpenApiDocument()));
}
