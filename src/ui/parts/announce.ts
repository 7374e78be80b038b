let region: HTMLElement | null = null;

/** What screen readers read out as soon as they pause: one line, the newest; not for what moves all the time. */
export function announce(text: string): void {
  if (region === null) {
    region = document.createElement("div");
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = text;
}
