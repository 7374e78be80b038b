import { type Fields, type Pairs, valueOf } from "#src/ingest/line-reader.ts";
import type { OpenTools } from "#src/ingest/open-tools.ts";
import type { AgentFact, Subject } from "#src/ingest/report.ts";
import { oneLine, safeId, text } from "#src/ingest/values.ts";

/** What must be known of the lines before. */
export type StreamContext = {
  readonly session: string | null;
  /** A turn of the session is open. */
  readonly isOpen: boolean;
  /** The process has ended a turn before. */
  readonly hasResult: boolean;
  readonly tools: OpenTools;
  /** Sub-agents by the id of the call that began them. */
  readonly tasks: Pairs<string>;
  /** Ids of sub-agents. */
  readonly children: readonly string[];
  /** Hashes of the newest texts. */
  readonly said: readonly string[];
};

const MOST_CHILDREN = 200;

export function sessionOf({ session }: StreamContext): Subject {
  return { source: "claude", session: session! };
}

export function childOf({ session }: StreamContext, child: string): Subject {
  return { source: "claude", session: session!, child };
}

/** Of whom a line is: older versions name a sub-agent by the call alone that began it. */
export function subjectOf(context: StreamContext, line: Fields): Subject {
  const call = safeId(line["parent_tool_use_id"]);
  const child = safeId(line["agent_id"]) ?? valueOf(context.tasks, call) ?? call;
  return child === null ? sessionOf(context) : childOf(context, child);
}

export function withChild(context: StreamContext, child: string, call: string | null): StreamContext {
  const children = [...context.children.filter((one) => one !== child), child].slice(-MOST_CHILDREN);
  const known = context.tasks.filter(([id]) => id !== call);
  const tasks = call === null ? context.tasks : [...known, [call, child] as const].slice(-MOST_CHILDREN);
  return { ...context, children, tasks };
}

/** What a line tells of the sub-agent it is of. */
export function kindFacts(kind: unknown, more: Partial<AgentFact> = {}): AgentFact[] {
  const given = text(kind, 200);
  const name = oneLine(kind, 200);
  if (given === null && Object.keys(more).length === 0) return [];
  return [{ fact: "agent", ...(given === null ? {} : { kind: given }), ...(name === null ? {} : { name }), ...more }];
}
