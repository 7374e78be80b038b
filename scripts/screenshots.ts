/**
 * Pictures of every view, light and dark, wide and on a phone, written to docs/screenshots: `bun run screenshots [VIEW…]`. The
 * rows, ids and times are the same in every run, so that a picture changes only when its view does.
 */
import type { Page } from "playwright-core";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser } from "#test/browser/support/chromium.ts";
import { onPage, type Size, type Theme, untilShown } from "#test/browser/support/page.ts";
import { type Cast, SCENARIO_NOW, SESSION } from "#test/browser/support/scenario.ts";
import { stagedServer } from "#test/browser/support/servers.ts";
import { testServer } from "#test/support/test-server.ts";

type Picture = {
  readonly name: string;
  readonly path: (cast: Cast) => string;
  /** Opens what is to be seen. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** Of a server on which nothing ever happened. */
  readonly isEmpty?: boolean;
};

const PICTURES: readonly Picture[] = [
  { name: "now", path: () => "/dashboard" },
  { name: "first-run", path: () => "/dashboard", isEmpty: true },
  { name: "sessions", path: () => "/dashboard/sessions" },
  { name: "session", path: () => `/dashboard/session?id=${SESSION}` },
  { name: "logs", path: () => "/dashboard/logs" },
  { name: "costs", path: () => "/dashboard/costs" },
  { name: "definitions", path: () => "/dashboard/definitions" },
  { name: "system", path: () => "/dashboard/system" },
  {
    name: "shortcuts",
    path: () => "/dashboard",
    prepare: async (page) => {
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
];

const FOLDER = join(import.meta.dir, "../docs/screenshots");
const THEMES: readonly Theme[] = ["light", "dark"];
const SIZES: readonly Size[] = ["wide", "phone"];

const asked = process.argv.slice(2);
const pictures = PICTURES.filter(({ name }) => asked.length === 0 || asked.includes(name));
if (pictures.length === 0) throw new Error(`there is no such view: ${PICTURES.map(({ name }) => name).join(", ")}`);
mkdirSync(FOLDER, { recursive: true });
await using staged = await stagedServer();
await using empty = await testServer(undefined, { clock: () => SCENARIO_NOW });
let changed = 0;
let bytes = 0;
for (const picture of pictures) {
  for (const theme of THEMES) for (const size of SIZES) await take(picture, theme, size);
}
await (await browser()).close();
const count = pictures.length * THEMES.length * SIZES.length;
console.log(`screenshots: ${count} pictures, ${Math.round(bytes / 1000)} kB, ${changed} changed`);

async function take({ name, path, prepare, isEmpty }: Picture, theme: Theme, size: Size): Promise<void> {
  const view = { path: path(staged.cast), theme, size, now: SCENARIO_NOW };
  await onPage(isEmpty === true ? empty : staged, view, async (page) => {
    await untilShown(page);
    await prepare?.(page);
    const file = join(FOLDER, `${name}-${theme}-${size}.png`);
    const png = await page.screenshot({ animations: "disabled" });
    bytes += png.length;
    if (existsSync(file) && readFileSync(file).equals(png)) return;
    writeFileSync(file, png);
    changed += 1;
  });
}
