import type { BrowserContextOptions, Page } from "playwright-core";
import { browser } from "./chromium.ts";
import { type Watched, watchPage } from "./watched.ts";

export type Theme = "light" | "dark";
export type Size = "wide" | "phone";

export type View = {
  /** Default `/dashboard`; may hold a query and a fragment. */
  readonly path?: string;
  /** What the system's setting is; default light. */
  readonly theme?: Theme;
  /** Default wide: 1440 × 900; a phone is 390 × 844 and is touched. */
  readonly size?: Size;
  /** What the page's clock always shows; timers run on. Nothing for the real time. */
  readonly now?: number;
  /** Granted before the page asks: `notifications`, `clipboard-read`, `clipboard-write`. */
  readonly permissions?: readonly string[];
  /** Address of a proxy (as `faultProxy` is one) that answers for the server's, whatever that is. */
  readonly proxy?: string;
  /** Errors of the console that the test provokes. */
  readonly allow?: readonly RegExp[];
};

const SIZES: Record<Size, BrowserContextOptions> = {
  wide: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

/** Of whatever a page is waited for; what takes longer fails. */
const DEADLINE_MS = 10_000;

/**
 * Opens the page of a server in a browser that knows nothing yet, and closes it after `body`. Fails also when the page
 * told the console an error, threw, broke its policy or asked another host: provoke what you `allow`.
 *
 * ```ts
 * test("an agent that waits stands first", async () => {
 *   await using server = await testServer();
 *   await onPage(server, { size: "phone" }, async (page) => {
 *     const agent = await startLiveAgent(createClient({ url: server.url }));
 *     await agent.waits("May I delete it?");
 *     await page.getByRole("region", { name: "Needs you" }).getByText("May I delete it?").waitFor();
 *     await expectAccessible(page);
 *   });
 * });
 * ```
 *
 * Wait with locators (`waitFor`), never by time. There are no types of the DOM here (they contradict Bun's): hand
 * `page.evaluate` text, `page.evaluate<number>("document.images.length")`; it is run in spite of the page's policy.
 */
export async function onPage(
  server: { readonly url: string },
  view: View,
  body: (page: Page, watched: Watched) => Promise<void>,
): Promise<void> {
  const { path = "/dashboard", theme = "light", size = "wide", now, permissions = [], allow = [] } = view;
  const context = await (
    await browser()
  ).newContext({
    ...SIZES[size],
    baseURL: server.url,
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    permissions: [...permissions],
    ...(view.proxy === undefined ? {} : { proxy: { server: view.proxy } }),
  });
  context.setDefaultTimeout(DEADLINE_MS);
  try {
    const page = await context.newPage();
    const watched = watchPage(page, new URL(server.url).origin);
    watched.allow(...allow);
    if (now !== undefined) await page.addInitScript(fixedDate(now));
    await tellMore(page, watched, async () => {
      await page.goto(path);
      await body(page, watched);
    });
    const faults = watched.faults();
    if (faults.length > 0) throw new Error(`the page did what it must not:\n${faults.join("\n")}`);
  } finally {
    await context.close();
  }
}

/** Of all that tells the time only `Date` stands still: with playwright's own clock frames and timers are not the browser's. */
function fixedDate(now: number): string {
  return `globalThis.Date = class extends Date {
    constructor(...given) {
      super(...(given.length === 0 ? [${now}] : given));
    }
    static now() {
      return ${now};
    }
  }
  // No answer tells another time: the server's own is the real one.
  const get = Headers.prototype.get;
  Headers.prototype.get = function (name) {
    return name.toLowerCase() === "date" ? null : get.call(this, name);
  };
`;
}

/** What fails in a page is rarely understood without what the page showed and said. */
async function tellMore(page: Page, watched: Watched, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    const shown = page.isClosed() ? "(closed)" : await page.locator("body").ariaSnapshot().catch(String);
    console.error([`at ${page.url()}`, ...watched.faults(), shown.slice(0, MOST_SHOWN)].join("\n"));
    throw error;
  }
}

const MOST_SHOWN = 4_000;

/** Waits until the page follows the feed and shows what it has read. */
export async function untilShown(page: Page): Promise<void> {
  await page.locator('[data-link="live"]').waitFor();
  await page.locator(".loading").first().waitFor({ state: "hidden" });
}
