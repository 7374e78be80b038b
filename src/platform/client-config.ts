import { isIP } from "node:net";
import { ConfigError, type Environment, readConfig } from "./config.ts";

/** How a program that talks to a server finds it. */
export type ClientConfig = { readonly url: string; readonly token: string | undefined };

/**
 * Where the server is: the address given, else `ORCHESTRATOR_URL`, else where a server started with these variables
 * listens. The token is `ORCHESTRATOR_TOKEN`. Throws `ConfigError`.
 */
export function readClientConfig(environment: Environment, given?: string): ClientConfig {
  const { ORCHESTRATOR_URL: named, ORCHESTRATOR_TOKEN: token } = environment;
  const [name, url] = given === undefined ? ["ORCHESTRATOR_URL", named || servedAt(environment)] : ["--url", given];
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    const held = JSON.stringify(url);
    throw new ConfigError([`${name} holds ${held}; it may hold an address such as http://127.0.0.1:8000`]);
  }
  const { username, password } = new URL(url);
  // Not repeated: it may be a secret.
  if (username !== "" || password !== "") {
    throw new ConfigError([`${name} holds a name or password: give a token by ORCHESTRATOR_TOKEN instead`]);
  }
  return { url, token: token || undefined };
}

function servedAt(environment: Environment): string {
  const { host, port } = readConfig(environment);
  if (port === 0)
    throw new ConfigError(["the server takes a free port: give its address by --url or ORCHESTRATOR_URL"]);
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}
