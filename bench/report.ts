import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { QUICK } from "./effort.ts";
import type { Verdict } from "./wanted.ts";

/** What a scenario found. The first row is the header. */
export type Report = {
  readonly about: string;
  readonly rows: readonly (readonly string[])[];
  readonly wanted?: readonly Verdict[];
};

const FILE = join(import.meta.dir, "RESULTS.md");
const HEAD = `# Measurements

Made by \`bun run bench\`, or \`bun run bench <scenario>…\` for some of them (\`--list\` names them): each run replaces the sections
of what it ran. \`--quick\` shows in short rounds that a scenario runs, and keeps nothing. The databases of the large scenarios and of
\`purge\` are made when first needed and kept in \`orchestrator-bench-fixtures\` under the system's folder for temporary files, until the schema changes.
Figures are medians over rounds taken in turn (A B A B …) in one run; a ratio is the median of the rounds' own ratios, so that a
machine busy with other things slows both sides alike. Compare ratios, not requests per second of different machines.
"CPU µs" is what a request costs the server's process: it holds also where the load generator, or the other core's work, is the limit.
Nothing fails by a figure: a section says what is wanted of it, what it reached and by how much a target is missed.
`;

/** What was measured, where and when. */
function stamp(): string {
  const [cpu] = cpus();
  const git = (args: string[]) =>
    Bun.spawnSync(["git", ...args], { cwd: import.meta.dir })
      .stdout.toString()
      .trim();
  const dirty = git(["status", "--porcelain", "--", ":/src", ":/sql"]) === "" ? "" : " with changes on top";
  const machine = `${cpus().length} × ${cpu?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`;
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  return `${date} UTC · commit ${git(["rev-parse", "--short", "HEAD"])}${dirty} · Bun ${Bun.version} · ${machine}`;
}

function table(rows: Report["rows"]): string {
  const [header = [], ...body] = rows;
  const widths = header.map((_, column) => Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => pad(cells[column] ?? "", width, column > 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column > 0 ? `${"-".repeat(width - 1)}:` : "-".repeat(Math.max(width, 3)))).join(" | ")} |`;
  return [line(header), rule, ...body.map(line)].join("\n");
}

function pad(cell: string, width: number, right: boolean): string {
  const blanks = " ".repeat(width - Bun.stringWidth(cell));
  return right ? blanks + cell : cell + blanks;
}

/**
 * Prints what a scenario found and puts it in the place of what RESULTS.md said of it, and drops the sections of
 * scenarios that are no more. A quick run is only printed.
 */
export async function publish(scenario: string, names: readonly string[], report: Report): Promise<void> {
  const wanted = report.wanted === undefined ? "" : `${report.wanted.join("\n")}\n\n`;
  const section = `${report.about}\n\n${table(report.rows)}\n\n${wanted}${stamp()}\n`;
  console.log(`\n## ${scenario}\n\n${section}`);
  if (QUICK) return;
  const file = Bun.file(FILE);
  const sections = new Map<string, string>();
  for (const part of (await file.exists()) ? (await file.text()).split(/^## /m).slice(1) : []) {
    const end = part.indexOf("\n");
    sections.set(part.slice(0, end).trim(), part.slice(end).trim());
  }
  sections.set(scenario, section.trim());
  const parts = names.flatMap((name) => (sections.has(name) ? [`## ${name}\n\n${sections.get(name)}\n`] : []));
  await Bun.write(FILE, [HEAD, ...parts].join("\n"));
}
