import { isLoopback } from "#src/platform/loopback.ts";

/**
 * A command line that posts what it gets on stdin, prints nothing and never fails: with no server, no `curl`, a proxy or a
 * `.curlrc`. It reads all of stdin, for an agent that writes into a closed pipe shows an error. `sh -c` because agents run
 * it by the user's shell, which may be fish. The token is read when it runs, and `ps` does not show it.
 *
 * @param seconds until it gives up
 */
export function postCommand(url: string, seconds: number): string {
  const { hostname } = new URL(url);
  const words = [
    "curl -q -s -o /dev/null",
    ...(hostname === "localhost" || isLoopback(hostname.replace(/^\[(.*)\]$/, "$1")) ? ['--noproxy "*"'] : []),
    `--connect-timeout 0.5 -m ${seconds}`,
    '-H "content-type: application/json" -H "expect:"',
    '${ORCHESTRATOR_TOKEN:+--oauth2-bearer "$ORCHESTRATOR_TOKEN"}',
    `--data-binary @- "${url}" 2>/dev/null || cat >/dev/null`,
  ];
  return `sh -c '${words.join(" ")}'`;
}
