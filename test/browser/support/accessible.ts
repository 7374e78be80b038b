import { source } from "axe-core";
import { expect } from "bun:test";
import type { Page } from "playwright-core";

/** What axe-core finds against a rule. */
type Violation = {
  readonly id: string;
  readonly impact: "minor" | "moderate" | "serious" | "critical" | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
};

/** Fails when axe-core finds something serious or critical. @param within a CSS selector; the whole page unless told */
export async function expectAccessible(page: Page, within = "html"): Promise<void> {
  // The debugger's own way in: the page's policy stays as it is.
  if (await page.evaluate<boolean>("typeof axe === 'undefined'")) await page.evaluate(source);
  const violations = await page.evaluate<readonly Violation[]>(
    `axe.run(${JSON.stringify(within)}, { resultTypes: ["violations"] }).then(({ violations }) => violations)`,
  );
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(describe), `what axe-core finds at ${page.url()}`).toEqual([]);
}

function describe({ id, impact, help, nodes }: Violation): string {
  const where = nodes.slice(0, 5).map(({ html, failureSummary = "" }) => `${html}\n    ${failureSummary}`);
  return [`${impact}: ${id}: ${help} (${nodes.length})`, ...where].join("\n  ");
}
