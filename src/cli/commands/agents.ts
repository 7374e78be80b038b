import type { Command } from "commander";
import type { ZodType } from "zod";
import { ApiError, type Client, listAll } from "#src/client/client.ts";
import { CreateOrchestratorAgent, type OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import {
  type Cli,
  connect,
  examples,
  note,
  noteMore,
  print,
  printJson,
  type ServerOptions,
  withServer,
} from "#src/cli/cli.ts";
import { findDefinition } from "#src/cli/definitions.ts";
import { detailLines } from "#src/cli/details.ts";
import { CommandError, EXIT, usageError } from "#src/cli/exit.ts";
import { given, idOrName, type JsonGiven, jsonValue, limitOption } from "#src/cli/options.ts";
import { askText, confirm } from "#src/cli/prompts.ts";
import { type Column, tableLines } from "#src/cli/table.ts";
import { visible } from "#src/domain/visible.ts";

type Fields = {
  readonly type?: string;
  readonly description?: string;
  readonly capabilities?: string;
  readonly model?: string;
  readonly config?: JsonGiven;
  readonly metadata?: JsonGiven;
};
type CreateOptions = ServerOptions & Fields & { readonly inactive?: true };
type UpdateOptions = ServerOptions & Fields & { readonly name?: string; readonly active?: boolean };
type ListOptions = ServerOptions & {
  readonly type?: string;
  readonly active?: boolean;
  readonly search?: string;
  readonly limit: number;
};
type DeleteOptions = ServerOptions & { readonly cascade?: true; readonly yes?: true };

const NONE = "no definitions: create one with `orchestrator agents create NAME --type planner`";

const COLUMNS: readonly Column<OrchestratorAgent>[] = [
  { title: "NAME", text: ({ name }) => visible(name) },
  { title: "TYPE", text: ({ agent_type }) => visible(agent_type) },
  { title: "MODEL", text: ({ default_model }) => visible(default_model ?? "-") },
  { title: "ACTIVE", text: ({ is_active }) => (is_active ? "yes" : "no") },
  { title: "ID", text: ({ id }) => visible(id), whole: true },
  { title: "DESCRIPTION", text: ({ description }) => visible(description ?? "") },
];

/** `agents`: the definitions, kinds of agents that can be run. */
export function addAgents(program: Command, cli: Cli): void {
  const agents = program
    .command("agents")
    .description("definitions: the kinds of agents that can be run")
    .addHelpText("after", examples("orchestrator agents list", "orchestrator agents show feature-planner"));

  withServer(agents.command("list").description("list definitions, newest first"))
    .option("--type <type>", "only of this kind, such as planner")
    .option("--active", "only those that may be run")
    .option("--no-active", "only those that may not")
    .option("--search <words>", 'only those that hold all these words; "a phrase", -word leaves out')
    .addOption(limitOption(100))
    .addHelpText("after", examples("orchestrator agents list --type planner", "orchestrator agents list --json"))
    .action((options: ListOptions) => list(cli, options));

  withServer(agents.command("show").description("show a definition").argument("<id-or-name>", "", idOrName))
    .addHelpText("after", examples("orchestrator agents show feature-planner"))
    .action(async (named: string, options: ServerOptions) => {
      show(cli, options, await findDefinition(connect(cli, options), named));
    });

  withFields(withServer(agents.command("create").description("create a definition; prints its id").argument("[name]")))
    .option("--inactive", "may not be run yet")
    .addHelpText(
      "after",
      examples(
        'orchestrator agents create feature-planner --type planner --description "Plans features"',
        "orchestrator agents create reviewer --type reviewer --capabilities review,security --model claude-sonnet-3.5",
      ),
    )
    .action((name: string | undefined, options: CreateOptions) => create(cli, name, options));

  withFields(
    withServer(agents.command("update").description("change the given fields").argument("<id-or-name>", "", idOrName)),
  )
    .option("--name <name>", "new name")
    .option("--active", "may be run")
    .option("--no-active", "may not be run")
    .addHelpText("after", examples("orchestrator agents update feature-planner --model claude-opus-4 --no-active"))
    .action((named: string, options: UpdateOptions) => update(cli, named, options));

  withServer(agents.command("delete").description("delete a definition").argument("<id-or-name>", "", idOrName))
    .option("--cascade", "with its finished runtime agents and workflows")
    .option("--yes", "do not ask")
    .addHelpText("after", examples("orchestrator agents delete old-planner --cascade --yes"))
    .action((named: string, options: DeleteOptions) => remove(cli, named, options));
}

function withFields(command: Command): Command {
  return command
    .option("--type <type>", "kind of agent: planner, builder, reviewer, tester, … or any lower-case slug")
    .option("--description <text>")
    .option("--capabilities <list>", "separated by commas")
    .option("--model <model>", "default model")
    .option("--config <json>", "JSON, or @FILE; a number as max_cost_usd in it is a budget", jsonValue)
    .option("--metadata <json>", "JSON, or @FILE", jsonValue);
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const query = given({ agent_type: options.type, is_active: options.active, q: options.search });
  const page = await listAll(connect(cli, options).listOrchestratorAgents, query, options.limit);
  const { rows } = page;
  if (options.json === true) return printJson(cli, rows);
  if (rows.length === 0) return note(cli, Object.keys(query).length > 0 ? "no such definitions" : NONE);
  print(cli, tableLines(COLUMNS, rows, cli.terminal.stdout.columns()));
  noteMore(cli, page);
}

function show(cli: Cli, options: ServerOptions, definition: OrchestratorAgent): void {
  if (options.json === true) printJson(cli, definition);
  else print(cli, detailLines(cli, definition));
}

async function create(cli: Cli, nameGiven: string | undefined, options: CreateOptions): Promise<void> {
  const { name: Name, agent_type: AgentType } = CreateOrchestratorAgent.shape;
  const name = nameGiven ?? (await askText(cli, "Name of the definition", "the NAME argument", faultBy(Name)));
  const type =
    options.type ?? (await askText(cli, "Kind of agent, such as planner or builder", "--type", faultBy(AgentType)));
  const command = given({
    name,
    agent_type: type,
    ...fields(options),
    ...(options.inactive ? { is_active: false } : {}),
  });
  const definition = await connect(cli, options).createOrchestratorAgent(command);
  if (options.json === true) printJson(cli, definition);
  else print(cli, visible(definition.id));
}

/** Says what a schema finds wrong with a text. */
function faultBy(schema: ZodType): (text: string) => string | null {
  return (text) => schema.safeParse(text).error?.issues[0]?.message ?? null;
}

async function update(cli: Cli, named: string, options: UpdateOptions): Promise<void> {
  const change = given({ name: options.name, agent_type: options.type, is_active: options.active, ...fields(options) });
  if (Object.keys(change).length === 0) throw usageError("nothing to change: give a field, such as --description");
  const client = connect(cli, options);
  const { id } = await findDefinition(client, named);
  show(cli, options, await client.updateOrchestratorAgent(id, change));
}

async function remove(cli: Cli, named: string, options: DeleteOptions): Promise<void> {
  const client = connect(cli, options);
  const { id, name } = await findDefinition(client, named);
  if (options.cascade === true) {
    if (options.yes !== true) {
      await confirm(cli, `Delete ${visible(name)} with all its agents, prompts, logs and workflows?`);
    }
    await client.deleteOrchestratorAgent(id, { cascade: true });
  } else {
    await deleteAlone(client, id);
  }
  if (options.json !== true) print(cli, `deleted ${visible(name)}`);
}

async function deleteAlone(client: Client, id: string): Promise<void> {
  try {
    await client.deleteOrchestratorAgent(id);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    throw new CommandError(error.message.replace("?cascade=true", "--cascade"), EXIT.conflict);
  }
}

function fields({ description, capabilities, model, config, metadata }: Fields) {
  return given({
    description,
    capabilities,
    default_model: model,
    config: config?.value,
    metadata: metadata?.value,
  });
}
