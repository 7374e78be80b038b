import { render } from "./render.ts";
import type { ProjectFile, ReadTemplate } from "./project-file.ts";
import type { Language, Stack } from "./stacks.ts";

/** Where a project's client stands. */
const FOLDER = "orchestrator_client";

/** A client and its example: names of files, all in one folder of the templates. */
type Client = {
  readonly folder: string;
  readonly client: string;
  readonly example: string;
  /** What must stand beside them. */
  readonly beside?: readonly string[];
  /** What runs the example, and what that needs to be. */
  readonly runner: string;
  readonly needs: string;
  readonly mode?: number;
};

const BUN = { runner: "bun", needs: "needs Bun; with Node alone, `npx -y bun@1.4.5` in its place" };

const SHELL: Client = {
  folder: "shell",
  client: "orchestrator-client.sh",
  example: "example-workflow.sh",
  runner: "bash",
  needs: "needs bash and curl",
  mode: 0o755,
};

const CLIENTS: Readonly<Record<Language, Client>> = {
  python: {
    folder: "python",
    client: "orchestrator_client.py",
    example: "example_workflow.py",
    runner: "python3",
    needs: "needs Python 3.9 or newer",
  },
  typescript: {
    folder: "typescript",
    client: "orchestrator-client.ts",
    example: "example-workflow.ts",
    // They are ES modules, also where the project's own package.json says otherwise.
    beside: ["package.json"],
    // Node runs TypeScript only from 22.18 on.
    ...BUN,
  },
  javascript: {
    folder: "javascript",
    client: "orchestrator-client.mjs",
    example: "example-workflow.mjs",
    runner: "node",
    needs: "needs Node 18 or newer, or Bun instead of `node`",
  },
  go: SHELL,
  rust: SHELL,
  java: SHELL,
};

/** The client in the project's language, and an example workflow that uses it. */
export function clientFiles({ language }: Stack, port: string, readTemplate: ReadTemplate): ProjectFile[] {
  const { folder, client, example, beside = [], mode } = CLIENTS[language];
  const file = (name: string, values: Readonly<Record<string, string>>): ProjectFile => ({
    path: `${FOLDER}/${name}`,
    text: render(readTemplate(`client/${folder}/${name}.tmpl`), values),
    ...(mode === undefined ? {} : { mode }),
  });
  return [file(client, { port }), ...[example, ...beside].map((name) => file(name, {}))];
}

/** The command that runs the example at the root of the project, and what it needs. */
export function exampleRun({ language, packageManager }: Stack): { readonly command: string; readonly needs: string } {
  const client = CLIENTS[language];
  const { runner, needs } = packageManager === "bun" ? BUN : client;
  return { command: `${runner} ${FOLDER}/${client.example}`, needs };
}
