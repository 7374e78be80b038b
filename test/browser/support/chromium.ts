import { type Browser, chromium } from "playwright-core";

/** As the packages of Debian, Ubuntu and Google call it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"] as const;

let launched: Promise<Browser> | undefined;

/** The one browser of this process, started when first asked for; it ends with the process. */
export function browser(): Promise<Browser> {
  return (launched ??= launch());
}

async function launch(): Promise<Browser> {
  const executablePath = NAMES.map((name) => Bun.which(name)).find((path) => path !== null);
  if (executablePath === undefined) throw new Error("needs Chromium: apt-get install chromium");
  // Its sandbox refuses to run as root, which is who runs in a container.
  const chromiumSandbox = process.getuid?.() !== 0;
  return chromium.launch({ executablePath, chromiumSandbox, args: ARGUMENTS });
}

const ARGUMENTS = [
  // Where /dev/shm is small, as in a container, a tab would crash.
  "--disable-dev-shm-usage",
  // The same picture on every machine.
  "--font-render-hinting=none",
  "--force-color-profile=srgb",
  "--hide-scrollbars",
  // Whatever a page or the browser itself looks for elsewhere (how to fill forms in) is not there.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];
