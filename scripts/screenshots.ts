/**
 * Pictures of every view, light and dark, wide and on a phone, written to docs/screenshots: `bun run screenshots [VIEW…]`. The
 * rows, ids and times are the same in every run, so that a picture changes only when its view does.
 */
import type { Page } from "playwright-core";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser } from "#test/browser/support/chromium.ts";
import { type FaultProxy, faultProxy } from "#test/browser/support/fault-proxy.ts";
import { steadyFigures } from "#test/browser/support/figures.ts";
import { onPage, type Size, type Theme, untilShown } from "#test/browser/support/page.ts";
import { isSamePicture, stillPicture } from "#test/browser/support/pictures.ts";
import { type Cast, SCENARIO_NOW, SESSION } from "#test/browser/support/scenario.ts";
import { stagedServer } from "#test/browser/support/servers.ts";
import { testServer } from "#test/support/test-server.ts";

type Picture = {
  readonly name: string;
  readonly path: (cast: Cast) => string;
  /** Opens what is to be seen. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** Of which server; by default the one on which something happened. */
  readonly of?: "staged" | "empty" | "closed";
};

const PICTURES: readonly Picture[] = [
  { name: "now", path: () => "/dashboard" },
  { name: "first-run", path: () => "/dashboard", of: "empty" },
  { name: "sessions", path: () => "/dashboard/sessions" },
  { name: "session", path: () => `/dashboard/session?id=${SESSION}` },
  { name: "logs", path: () => "/dashboard/logs" },
  { name: "costs", path: () => "/dashboard/costs" },
  { name: "definitions", path: () => "/dashboard/definitions" },
  { name: "system", path: () => "/dashboard/system" },
  {
    name: "token",
    path: () => "/dashboard",
    of: "closed",
    prepare: async (page) => {
      await page.getByRole("dialog").waitFor();
      await page.locator(".notice code").waitFor();
      await page.evaluate(STEADY_REQUEST);
    },
  },
  {
    name: "shortcuts",
    path: () => "/dashboard",
    prepare: async (page) => {
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
];

/** A request has another id each time. */
const STEADY_REQUEST = `document.querySelector(".notice code").textContent = "019c2d6a-4f1e-7c3b-9a52-6b0d8e417f93"`;
const FOLDER = join(import.meta.dir, "../docs/screenshots");
/** The address that pages show, whatever port the servers have. */
const SHOWN_AT = "http://localhost:8000";
const THEMES: readonly Theme[] = ["light", "dark"];
const SIZES: readonly Size[] = ["wide", "phone"];

const asked = process.argv.slice(2);
const pictures = PICTURES.filter(({ name }) => asked.length === 0 || asked.includes(name));
if (pictures.length === 0) throw new Error(`there is no such view: ${PICTURES.map(({ name }) => name).join(", ")}`);
mkdirSync(FOLDER, { recursive: true });
await using staged = await stagedServer();
await using empty = await testServer(undefined, { clock: () => SCENARIO_NOW });
await using closed = await testServer(undefined, { clock: () => SCENARIO_NOW, apiToken: "a-token-that-nobody-gives" });
await using stagedNamed = faultProxy(staged.url);
await using emptyNamed = faultProxy(empty.url);
await using closedNamed = faultProxy(closed.url);
await steadyFigures(stagedNamed, staged.client);
const servers: Readonly<Record<NonNullable<Picture["of"]>, FaultProxy>> = {
  staged: stagedNamed,
  empty: emptyNamed,
  closed: closedNamed,
};
let changed = 0;
let bytes = 0;
for (const picture of pictures) {
  for (const theme of THEMES) for (const size of SIZES) await take(picture, theme, size);
}
await (await browser()).close();
const count = pictures.length * THEMES.length * SIZES.length;
console.log(`screenshots: ${count} pictures, ${Math.round(bytes / 1000)} kB, ${changed} changed`);

async function take({ name, path, prepare, of = "staged" }: Picture, theme: Theme, size: Size): Promise<void> {
  const view = {
    path: path(staged.cast),
    theme,
    size,
    now: SCENARIO_NOW,
    proxy: servers[of].url,
    permissions: ["notifications"],
    allow: of === "closed" ? [/status of 401/] : [],
  };
  await onPage({ url: SHOWN_AT }, view, async (page) => {
    if (of !== "closed") await untilShown(page);
    await prepare?.(page);
    const file = join(FOLDER, `${name}-${theme}-${size}.png`);
    const png = await stillPicture(page);
    bytes += png.length;
    if (existsSync(file) && (await isSamePicture(readFileSync(file), png))) return;
    writeFileSync(file, png);
    changed += 1;
  });
}
