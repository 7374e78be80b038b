import { Problem } from "#src/domain/problem.ts";
import { isLoopback } from "#src/platform/loopback.ts";

/** A name or address, and a port: with anything else the request's address would not be one. */
const HOST = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/;
/** Names that are remembered as known: a few are ever asked for. */
const MOST_KNOWN = 100;

export type SourceRules = {
  /** The address that the server listens on. */
  readonly host: string;
  /** With a port or for any. */
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
};

/**
 * Where a request may come from: throws unless `Host` is loopback, the server's own or an allowed one (a page may have its
 * name resolved to this machine: DNS rebinding), and unless `Origin`, which browsers add for pages, is the server's own or
 * an allowed one. A request without either, and without `Sec-Fetch-Site`, comes from no browser.
 */
export function createSourceCheck({ host, allowedHosts, corsOrigins }: SourceRules): (request: Request) => void {
  const hosts = new Set([host.toLowerCase(), ...allowedHosts]);
  const origins = new Set(corsOrigins);
  const known = new Set<string>();

  function isOurs(asked: string): boolean {
    const [, named] = HOST.exec(asked) ?? [];
    if (named === undefined) throw new Problem("bad_request", "The Host header names no host.");
    const address = named.replace(/^\[(.*)\]$/, "$1");
    return isLoopback(address) || hosts.has(address) || hosts.has(named) || hosts.has(asked);
  }

  function checkHost(sent: string): void {
    if (known.has(sent)) return;
    const asked = sent.toLowerCase();
    if (!isOurs(asked)) {
      const detail = `This server does not answer for the host "${asked.slice(0, 255)}": if that is its name, add it to ALLOWED_HOSTS.`;
      throw new Problem("forbidden", detail);
    }
    if (known.size < MOST_KNOWN) known.add(sent);
  }

  return ({ headers, url }) => {
    const sent = headers.get("Host");
    if (sent !== null) checkHost(sent);
    // HTTP/1.0: what the request is for could not be told from its host.
    else if (!URL.canParse(url)) throw new Problem("bad_request", "The request has no Host header.");
    const origin = headers.get("Origin");
    if (origin === null ? isOfPage(headers) : !origins.has(origin) && !isOwn(origin, sent)) {
      throw new Problem("forbidden", "Pages of this origin may not use this server: add it to CORS_ORIGINS.");
    }
  };
}

/**
 * What a foreign page has loaded without being told the answer (an image, a frame, a `no-cors` fetch) names no origin, but
 * browsers say that it is foreign. Somebody who follows a link is no page.
 */
function isOfPage(headers: Headers): boolean {
  const site = headers.get("Sec-Fetch-Site");
  if (site !== "cross-site" && site !== "same-site") return false;
  return headers.get("Sec-Fetch-Mode") !== "navigate" || headers.get("Sec-Fetch-Dest") !== "document";
}

/** Behind a proxy that adds TLS, the page is `https:` and the request is not. */
function isOwn(origin: string, host: string | null): boolean {
  if (host === null) return false;
  const own = host.toLowerCase();
  return origin === `http://${own}` || origin === `https://${own}`;
}
