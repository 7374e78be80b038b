const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  // `start` takes a first quoted argument for the title of a window.
  win32: ["cmd", "/c", "start", ""],
};

/**
 * Opens an address in the user's browser, and waits for nothing. The programs that do are the system's own.
 *
 * @returns why it could not, in words; null when it was asked to
 */
export function openBrowser(url: string): string | null {
  const command = OPENERS[process.platform] ?? ["xdg-open"];
  try {
    const child = Bun.spawn([...command, url], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    // The server does not stay for it.
    child.unref();
    return null;
  } catch {
    return `there is no ${command[0]} on the PATH`;
  }
}
