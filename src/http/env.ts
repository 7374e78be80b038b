import type { Server } from "bun";
import type { CommandDeps } from "#src/commands/deps.ts";
import type { RetentionPolicy } from "#src/domain/storage.ts";
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
  readonly policy: RetentionPolicy;
  /** Begins a purge in the background, unless one is under way. */
  readonly purgeSoon: () => void;
  /** Path of the script of the API reference. */
  readonly scalarBundle: string;
};

/** Hono's environment: the server of the request, the request's id, and its method (routes see a HEAD as the GET it stands for). */
export type Env = {
  Bindings: { readonly server: Server<SocketData>; readonly requestId: string; readonly method: string };
};
