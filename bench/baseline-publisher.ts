/**
 * What our fan-out is measured against: a bare `Bun.serve` that hands `server.publish` frames of a given size, no
 * database, no feed. `POST /publish?frames=&bytes=&every=`: in bursts of 500 a tick, or one each `every` milliseconds.
 */
const TOPIC = "frames";
const PER_TICK = 500;
const LIMIT_BYTES = 16_000_000;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/health": () => Response.json({ status: "healthy" }),
    "/ws": (request, self) => (self.upgrade(request) ? undefined : new Response(null, { status: 426 })),
    "/publish": {
      async POST(request) {
        const given = new URL(request.url).searchParams;
        const number = (name: string) => Number(given.get(name) ?? 0);
        await publish(number("frames"), "x".repeat(number("bytes")), number("every"));
        return new Response(null, { status: 204 });
      },
    },
  },
  websocket: {
    idleTimeout: 120,
    backpressureLimit: LIMIT_BYTES,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    open(socket) {
      socket.subscribe(TOPIC);
      socket.send("hello");
    },
    message() {},
  },
});

async function publish(frames: number, text: string, everyMs: number): Promise<void> {
  for (let made = 0; made < frames;) {
    const end = everyMs > 0 ? made + 1 : Math.min(frames, made + PER_TICK);
    for (; made < end; made += 1) server.publish(TOPIC, text, false);
    await (everyMs > 0 ? Bun.sleep(everyMs) : new Promise(setImmediate));
  }
}

process.once("SIGTERM", () => process.exit(0));
console.log(`baseline listening on ${server.url.origin}`);
