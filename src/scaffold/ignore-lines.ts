import type { Language } from "./stacks.ts";

const NODE_LINES = ["/dist/", "/build/", "/out/", "/.next/", "/coverage/", "*.tsbuildinfo", "*.log"];

const LINES: Readonly<Record<Language, readonly string[]>> = {
  python: [
    "__pycache__/",
    "*.py[cod]",
    "/.venv/",
    "/venv/",
    "/dist/",
    "/build/",
    "*.egg-info/",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".coverage",
    "/htmlcov/",
    "/db.sqlite3",
  ],
  typescript: NODE_LINES,
  javascript: NODE_LINES,
  go: ["/bin/", "*.exe", "*.test", "*.out"],
  rust: ["/target/"],
  java: ["/target/", "/build/", "/.gradle/", "*.class", "hs_err_pid*"],
};

/** What the tools of a language make, as lines of a .gitignore. */
export function ignoreLines(language: Language): readonly string[] {
  return LINES[language];
}
