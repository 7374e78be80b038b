import { expect, test } from "bun:test";
import { titleOf } from "#src/ui/shell/use-title.ts";

test("what tells a tab from others stands first in its title", () => {
  expect(titleOf(0, null, "Now")).toBe("Now – Orchestrator");
  expect(titleOf(1, "adw-checkout", "Session")).toBe("(1) adw-checkout · Session – Orchestrator");
});

test("what agents wrote is one short line of it, with nothing unseen", () => {
  expect(titleOf(0, " \n", "Session")).toBe("Session – Orchestrator");
  expect(titleOf(0, "a\nb", "Session")).toBe("a b · Session – Orchestrator");
  expect(titleOf(0, "\u202Eevil", "Session")).not.toContain("\u202E");
  expect(titleOf(0, "x".repeat(1_000_000), "Session").length).toBeLessThan(120);
});
