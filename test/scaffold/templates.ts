import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Project, projectFiles } from "#src/scaffold/project-files.ts";
import { resolveStack, type StackChoice } from "#src/scaffold/stacks.ts";
import type { TestFolder } from "#test/support/folder.ts";

export const TEMPLATES = join(import.meta.dir, "../../src/scaffold/templates");

/** A template as it stands in the source. */
export function readTemplate(path: string): string {
  return readFileSync(join(TEMPLATES, path), "utf8");
}

/** A project of that stack, with ports of its own. */
export function project(choice: StackChoice, fields: Partial<Project> = {}): Project {
  return { name: "my-project", stack: resolveStack(choice), port: 8123, webUiPort: 5199, ...fields };
}

/** Writes a project's files into the folder. */
export function writeProject(folder: TestFolder, written: Project): void {
  for (const { path, text, mode } of projectFiles(written, readTemplate)) {
    mkdirSync(dirname(folder.file(path)), { recursive: true });
    writeFileSync(folder.file(path), text);
    if (mode !== undefined) chmodSync(folder.file(path), mode);
  }
}
