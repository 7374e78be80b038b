/** A server on loopback that answers every request with the same problem document, as an Orchestrator would. */
export function refusingServer(
  status: number,
  detail: string,
  members: object = {},
): AsyncDisposable & { url: string } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () =>
      new Response(JSON.stringify({ title: "Refused", status, detail, code: "refused", ...members }), {
        status,
        headers: { "Content-Type": "application/problem+json", "X-Request-Id": "r1" },
      }),
  });
  return {
    url: server.url.origin,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
