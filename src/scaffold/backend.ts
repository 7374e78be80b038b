/**
 * Which files of this repository make the backend of a project, and what is different there. Nothing is copied by hand,
 * so nothing can drift: leaving out the scaffolder, its tests, and what is about this repository only, is all there is.
 */

/** Folders of this repository that hold files of a backend. */
export const BACKEND_FOLDERS = ["src", "sql", "test", "scripts", "docs"] as const;

const ROOT_FILES = new Set([
  ".env.sample",
  ".gitignore",
  ".oxlintrc.json",
  "ARCHITECTURE.md",
  "LICENSE",
  "bun.lock",
  "bunfig.toml",
  "package.json",
  "tsconfig.json",
]);

const LEFT_OUT: readonly RegExp[] = [
  /^src\/scaffold\//,
  /^src\/cli\/scaffolding\//,
  /^src\/cli\/commands\/(new|init|place)\.ts$/,
  /^(test\/scaffold\/|scripts\/test-scaffold\.ts$)/,
  /^docs\/adr\/(0004|0005)-/,
  // A browser is needed for them; a project takes the page as it is.
  /^(test\/browser\/|docs\/screenshots\/|scripts\/(test-browser|screenshots)\.ts$)/,
  // What agents have sent here: it tests readers, which a project takes as they are.
  /^test\/ingest\/recordings/,
  // They test the documents of this repository.
  /^test\/project\/(readme|documents)\.test\.ts$/,
  /(^|\/)(\.DS_Store|node_modules\/.*)$/,
];

/** Whether a file of this repository (its path with slashes, below the root) belongs to the backend of a project. */
export function isBackendFile(path: string): boolean {
  const isKept = ROOT_FILES.has(path) || BACKEND_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
  return isKept && !LEFT_OUT.some((pattern) => pattern.test(path));
}

const MARKED = /^.*(?:(?:\/\/|#) scaffolder|<!-- scaffolder -->.*)$\n?/gm;

/** Commands of this repository's own development. */
const LEFT_OUT_SCRIPTS = /^(pre)?(bench|test:scaffold|test:browser|screenshots|build:all)$/;

/** The text of a file as it is in a project: lines marked `scaffolder` are gone. */
export function toBackendText(path: string, text: string, port: number): string {
  if (path === "package.json") return withoutOwnScripts(text);
  const kept = text.replaceAll(MARKED, "");
  return path === ".env.sample" ? kept.replace(/^WEBSOCKET_PORT=.*$/m, `WEBSOCKET_PORT=${port}`) : kept;
}

function withoutOwnScripts(text: string): string {
  const manifest = JSON.parse(text) as { scripts: Record<string, string> };
  const scripts = Object.entries(manifest.scripts)
    .filter(([name]) => !LEFT_OUT_SCRIPTS.test(name))
    // Without the scaffolder some of what others share is used once.
    .map(([name, script]) => [name, script.replace(" && bun run --bun knip", "")]);
  return `${JSON.stringify({ ...manifest, scripts: Object.fromEntries(scripts) }, null, 2)}\n`;
}
