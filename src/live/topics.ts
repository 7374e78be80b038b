import type { Change, ChangeFilter } from "#src/domain/change.ts";

/** The kinds of stream: the whole feed, and the agents' status. */
export type StreamKind = "events" | "agent-status";

/** A topic is what one kind of stream with one filter gets: all its subscribers get the same frames. */
export type Topic = { readonly name: string; readonly kind: StreamKind; readonly filter: ChangeFilter };

/** The topic of a kind of stream with a filter; filters that mean the same give one name. */
export function topicOf(kind: StreamKind, filter: ChangeFilter): Topic {
  const sorted = (values: readonly string[] | undefined) =>
    values === undefined ? null : [...new Set(values)].toSorted();
  const key = [sorted(filter.types), sorted(filter.session_id), sorted(filter.agent_id)];
  return { name: `${kind} ${JSON.stringify(key)}`, kind, filter };
}

/** Whether a stream with this filter shows the change. */
export function matches(filter: ChangeFilter, change: Change): boolean {
  const { types, session_id: sessions, agent_id: agents } = filter;
  if (types !== undefined && !types.includes(change.entity)) return false;
  if (sessions !== undefined && (change.sessionId === null || !sessions.includes(change.sessionId))) return false;
  return agents === undefined || (change.agentId !== null && agents.includes(change.agentId));
}

/** The topics that somebody listens to, found by change without asking each of them. */
export type Topics = {
  readonly size: number;
  add(topic: Topic): void;
  remove(topic: Topic): void;
  /** The topics that show this change. */
  of(change: Change): Topic[];
};

type Entry = { readonly topic: Topic; subscribers: number };

/** No topics yet. */
export function createTopics(): Topics {
  const entries = new Map<string, Entry>();
  /** By agent, else by session, else under "": where a change looks for who wants it. */
  const index = new Map<string, Set<Topic>>();

  function keysOf({ filter }: Topic): string[] {
    if (filter.agent_id !== undefined) return filter.agent_id.map((id) => `agent ${id}`);
    return filter.session_id?.map((id) => `session ${id}`) ?? [""];
  }

  function collect(key: string, change: Change, found: Set<Topic>): void {
    for (const topic of index.get(key) ?? []) if (matches(topic.filter, change)) found.add(topic);
  }

  return {
    get size() {
      return entries.size;
    },
    add(topic) {
      const entry = entries.get(topic.name);
      if (entry !== undefined) {
        entry.subscribers += 1;
        return;
      }
      entries.set(topic.name, { topic, subscribers: 1 });
      for (const key of keysOf(topic)) {
        const topics = index.get(key) ?? new Set();
        index.set(key, topics.add(topic));
      }
    },
    remove({ name }) {
      const entry = entries.get(name);
      if (entry === undefined) return;
      entry.subscribers -= 1;
      if (entry.subscribers > 0) return;
      entries.delete(name);
      for (const key of keysOf(entry.topic)) {
        const topics = index.get(key);
        topics?.delete(entry.topic);
        if (topics?.size === 0) index.delete(key);
      }
    },
    of(change) {
      const found = new Set<Topic>();
      collect("", change, found);
      if (change.agentId !== null) collect(`agent ${change.agentId}`, change, found);
      if (change.sessionId !== null) collect(`session ${change.sessionId}`, change, found);
      return [...found];
    },
  };
}
