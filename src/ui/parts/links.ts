const SAFE = new Set(["http:", "https:", "mailto:"]);

/** The address of a link that an agent wrote, if following it does no more than open a page or a letter; else null. */
export function safeLink(href: string): string | null {
  try {
    // Without a base: what leads somewhere within this page is no link that an agent can know.
    const url = new URL(href);
    return SAFE.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
