import type { Page } from "playwright-core";
import { browser } from "./chromium.ts";

const TRIES = 40;
const BETWEEN_MS = 100;
/** Of 255 levels of a colour: edges come out by one or two differently from one run to the next. */
const SAME_LEVELS = 8;

/** A picture (PNG) of what can be seen, once nothing moves any more. */
export async function stillPicture(page: Page): Promise<Buffer> {
  let last = await page.screenshot({ animations: "disabled" });
  for (let tries = 0; tries < TRIES; tries += 1) {
    await page.waitForTimeout(BETWEEN_MS);
    const next = await page.screenshot({ animations: "disabled" });
    if (next.equals(last)) return next;
    last = next;
  }
  throw new Error(`${page.url()} does not come to rest`);
}

/** Whether nobody could tell two pictures (PNG) apart. */
export async function isSamePicture(one: Buffer, other: Buffer): Promise<boolean> {
  if (one.equals(other)) return true;
  const page = await (await browser()).newPage();
  try {
    const urls = [one, other].map((png) => `data:image/png;base64,${png.toString("base64")}`);
    return await page.evaluate<boolean>(`(async () => {
      const [one, other] = await Promise.all(${JSON.stringify(urls)}.map(async (url) => {
        const bitmap = await createImageBitmap(await (await fetch(url)).blob());
        const drawn = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        drawn.drawImage(bitmap, 0, 0);
        return drawn.getImageData(0, 0, bitmap.width, bitmap.height);
      }));
      return one.width === other.width && one.height === other.height &&
        one.data.every((level, index) => Math.abs(level - other.data[index]) <= ${SAME_LEVELS});
    })()`);
  } finally {
    await page.close();
  }
}
