import type { Channel } from "#src/ingest/report.ts";
import { hashOf } from "#src/ingest/values.ts";

// What is remembered of a conversation is remembered by hash: sources' ids are theirs to choose.

export const eventKey = (key: string): string => hashOf("event", key);
export const hashKey = (hash: string): string => hashOf("hash", hash);
export const logKey = (key: string): string => hashOf("log", key);
export const textKey = (key: string): string => hashOf("text", key);
export const turnKey = (turn: string): string => hashOf("turn", turn);
export const streamKey = (stream: string): string => hashOf("stream", stream);
export const callKey = (call: string): string => hashOf("call", call);
export const callLogKey = (channel: Channel, call: string): string => hashOf("call log", channel, call);

/** Whose text of a log counts. */
export const LOG_RANK: Readonly<Record<Channel, number>> = { hook: 3, stream: 2, otel: 1 };
/** Whose calls count. */
export const CALL_RANK: Readonly<Record<Channel, number>> = { otel: 3, hook: 2, stream: 1 };
