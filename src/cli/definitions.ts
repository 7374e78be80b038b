import { ApiError, type Client, listAll, type RequestOptions } from "#src/client/client.ts";
import { isAddressable } from "#src/client/path.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import type { Found } from "#src/domain/search-text.ts";
import { CommandError, EXIT } from "./exit.ts";
import { visible } from "#src/domain/visible.ts";

const MAX_NAME = 255;

/** Finds a definition by its id or its name. */
export async function findDefinition(client: Client, idOrName: string): Promise<OrchestratorAgent> {
  try {
    if (isAddressable(idOrName)) return await client.getOrchestratorAgent(idOrName);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  const q = searchFor(idOrName);
  const named = idOrName.length > MAX_NAME ? { rows: [] } : await listAll(client.listOrchestratorAgents, { q });
  const found = named.rows.find(({ name }) => name === idOrName);
  if (found !== undefined) return withoutHighlight(found);
  throw new CommandError(`there is no definition with the id or name "${visible(idOrName)}"`, EXIT.notFound);
}

/** A search that finds the name, whatever it would mean if a person had typed it. */
function searchFor(name: string): string {
  return /[\p{L}\p{N}]/u.test(name) ? `"${name.replaceAll(/["“”„]/g, " ")}"` : name;
}

function withoutHighlight(found: Found<OrchestratorAgent>): OrchestratorAgent {
  const definition = { ...found };
  delete definition.highlight;
  return definition;
}

/** Names of definitions by id. */
export async function definitionNames(client: Client, options: RequestOptions = {}): Promise<Map<string, string>> {
  const { rows } = await listAll(client.listOrchestratorAgents, {}, Number.POSITIVE_INFINITY, options);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
