import type { Server } from "bun";
import type { CommandDeps } from "#src/commands/deps.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { NeededScope, Principal } from "#src/domain/token.ts";
import type { RetentionPolicy } from "#src/domain/storage.ts";
import type { Ingest } from "#src/ingest/ingest.ts";
import type { LiveFigures } from "#src/live/figures.ts";
import type { SocketData } from "#src/live/socket.ts";
import type { SseStreams } from "#src/live/sse.ts";
import type { Distribution } from "#src/platform/distribution.ts";
import type { Log } from "#src/platform/log.ts";
import type { Subject } from "./audit.ts";
import type { Guard, GuardDeps } from "./guard.ts";
import type { OpenBodies } from "./open-bodies.ts";

/** What routes need. */
export type HttpDeps = CommandDeps &
  GuardDeps & {
    readonly ingest: Ingest;
    /** What the store keeps of a text. */
    readonly stored: (text: string) => string;
    readonly log: Log;
    readonly version: string;
    readonly startedAt: number;
    readonly sse: Pick<SseStreams, "open">;
    readonly liveFigures: () => LiveFigures;
    /** How late the server's thread came to what was due. */
    readonly eventLoopSeconds: Distribution;
    /** Whether one more socket or stream may be opened. */
    readonly hasRoom: () => boolean;
    readonly bodies: OpenBodies;
    readonly policy: RetentionPolicy;
    /** Begins a purge in the background, unless one is under way. */
    readonly purgeSoon: () => void;
    /** The files of the dashboard by their names: `index.html` and what it loads. */
    readonly page: () => Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>>;
    /** Path of the script of the API reference. */
    readonly scalarBundle: string;
  };

/** Hono's environment: what is known of a request before any route sees it, and what its guard finds out. */
export type Env = {
  Bindings: {
    readonly server: Server<SocketData>;
    /** The request itself: routes see a HEAD as another one, of which no connection is known. */
    readonly received: Request;
    readonly requestId: string;
    /** As it was sent: routes see a HEAD as the GET it stands for. */
    readonly method: string;
    /** The trace it is part of (`traceparent`, W3C). */
    readonly traceparent: string | null;
    /** The route that was found, as the document writes its path. */
    route: string | null;
    readonly guard: Guard;
    readonly db: DatabaseManager;
    /** Keeps the answer to a command with what it writes; null where no key came with it. */
    keeping: DatabaseManager | null;
    /** What the route needs, once one was found. */
    needed: NeededScope | null;
    /** Who asks; null for nobody in particular. */
    principal: Principal | null;
    /** The token that the request has made or revoked. */
    subject: Subject | null;
  };
};
