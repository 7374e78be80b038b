import type { ConsoleMessage, Page } from "playwright-core";

/** What a page does while a test has it open, as far as nothing of it may happen unnoticed. */
export type Watched = {
  /** Errors that the console was told (failed requests and breaches of the policy too), that were thrown, and a crash. */
  readonly errors: readonly string[];
  /** Addresses of all requests, in their order. */
  readonly requests: readonly string[];
  /** Errors that the test provokes itself are none. */
  allow(...patterns: readonly RegExp[]): void;
  /** What must not have happened: errors that are not allowed, and requests that left the origin. */
  faults(): string[];
};

/** Begins to watch; before the page is sent anywhere. */
export function watchPage(page: Page, origin: string): Watched {
  const errors: string[] = [];
  const requests: string[] = [];
  const allowed: RegExp[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`console: ${describe(message)}`);
  });
  page.on("pageerror", (error) => errors.push(`thrown: ${error.stack ?? error.message}`));
  page.on("crash", () => errors.push("the page crashed"));
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url().replace(/^ws/, "http")));

  return {
    errors,
    requests,
    allow: (...patterns) => void allowed.push(...patterns),
    faults: () => [
      ...errors.filter((error) => !allowed.some((pattern) => pattern.test(error))),
      ...requests.filter((url) => !isOwn(url, origin)).map((url) => `asked another host: ${url}`),
    ],
  };
}

/** A failed request is only told with the address of what was asked for. */
function describe(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location();
  return url === "" ? message.text() : `${message.text()} (${url}:${lineNumber})`;
}

function isOwn(url: string, origin: string): boolean {
  const { protocol, origin: asked } = new URL(url);
  // Neither is a request to anybody: `blob:` is what the page itself has made, for a download.
  return protocol === "data:" || protocol === "blob:" || asked === origin;
}
