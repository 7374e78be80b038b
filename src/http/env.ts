import type { Server } from "bun";
import type { CommandDeps } from "#src/commands/deps.ts";
import type { SocketData } from "#src/live/socket.ts";
import type { SseStreams } from "#src/live/sse.ts";
import type { Log } from "#src/platform/log.ts";

/** What routes need. */
export type HttpDeps = CommandDeps & {
  readonly log: Log;
  readonly version: string;
  readonly startedAt: number;
  readonly corsOrigins: readonly string[];
  readonly sse: Pick<SseStreams, "open">;
  /** Path of the script of the API reference. */
  readonly scalarBundle: string;
};

/** Hono's environment: the server of the request, and its id. */
export type Env = {
  Bindings: { readonly server: Server<SocketData> };
  Variables: { requestId: string };
};
