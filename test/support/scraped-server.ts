/** Runs in a process of its own: starts a server, is scraped, stops it, and must then end by itself. */
import { testServer } from "./test-server.ts";

await using server = await testServer();
const { status } = await server.call("GET", "/metrics");
process.stdout.write(`${status}\n`);
