import { isIP } from "node:net";

/** Whether only programs of this machine reach a server that listens there. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  if (isIP(host) === 0) return host.toLowerCase() === "localhost";
  // In its one form: `::1`, and 127.0.0.0/8 as IPv6 has it.
  return /^\[(::1|::ffff:7f[\da-f]{2}:[\da-f]{1,4})\]$/.test(new URL(`http://[${host}]`).host);
}

/** Why a server that others than this machine reach does not start without a token. */
export function needsToken(host: string): string {
  return `HOST holds ${JSON.stringify(host)}, which other machines reach, and there is no token: make one by \`orchestrator token create\`, set API_TOKEN, or leave HOST on 127.0.0.1`;
}

/** Whether a server that listens there does so on every address of its machine. */
export function isEveryAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
