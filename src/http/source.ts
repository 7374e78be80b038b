import { Problem } from "#src/domain/problem.ts";
import { isLoopback } from "#src/platform/config.ts";

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
 * an allowed one. A request without either comes from no browser.
 */
export function createSourceCheck({ host, allowedHosts, corsOrigins }: SourceRules): (headers: Headers) => void {
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

  return (headers) => {
    const sent = headers.get("Host");
    if (sent !== null) checkHost(sent);
    const origin = headers.get("Origin");
    if (origin === null || origins.has(origin) || isOwn(origin, sent)) return;
    throw new Problem("forbidden", "Pages of this origin may not use this server: add it to CORS_ORIGINS.");
  };
}

/** Behind a proxy that adds TLS, the page is `https:` and the request is not. */
function isOwn(origin: string, host: string | null): boolean {
  if (host === null) return false;
  const own = host.toLowerCase();
  return origin === `http://${own}` || origin === `https://${own}`;
}
