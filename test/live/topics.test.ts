import { describe, expect, test } from "bun:test";
import type { Change, ChangeFilter } from "#src/domain/change.ts";
import { createTopics, matches, topicOf } from "#src/live/topics.ts";

const CHANGE: Change = {
  seq: 1,
  atMillis: 0,
  entity: "prompt",
  op: "created",
  id: "p1",
  agentId: "a1",
  sessionId: "s1",
  data: null,
};
const SYSTEM: Change = { ...CHANGE, entity: "system_log", id: 1, agentId: null, sessionId: null };

const FILTERS: readonly { filter: ChangeFilter; change?: Change; shows: boolean }[] = [
  { filter: {}, shows: true },
  { filter: {}, change: SYSTEM, shows: true },
  { filter: { types: ["prompt"] }, shows: true },
  { filter: { types: ["agent", "prompt"] }, shows: true },
  { filter: { types: ["agent"] }, shows: false },
  { filter: { session_id: ["s1"] }, shows: true },
  { filter: { session_id: ["s2", "s1"] }, shows: true },
  { filter: { session_id: ["s2"] }, shows: false },
  { filter: { session_id: ["s1"] }, change: SYSTEM, shows: false },
  { filter: { agent_id: ["a1"] }, shows: true },
  { filter: { agent_id: ["a2", "a1"] }, shows: true },
  { filter: { agent_id: ["a2"] }, shows: false },
  { filter: { agent_id: ["a1"] }, change: SYSTEM, shows: false },
  { filter: { agent_id: ["null"] }, change: SYSTEM, shows: false },
  { filter: { session_id: ["s1"], agent_id: ["a1"] }, shows: true },
  { filter: { session_id: ["s2"], agent_id: ["a1"] }, shows: false },
  { filter: { session_id: ["s1"], agent_id: ["a2"] }, shows: false },
  { filter: { types: ["prompt"], session_id: ["s1"], agent_id: ["a1"] }, shows: true },
  { filter: { types: ["agent"], session_id: ["s1"], agent_id: ["a1"] }, shows: false },
  { filter: { types: ["system_log"] }, change: SYSTEM, shows: true },
  { filter: { types: ["system_log"], session_id: ["s1"] }, change: SYSTEM, shows: false },
];

describe("a filter", () => {
  for (const { filter, change = CHANGE, shows } of FILTERS) {
    test(`${JSON.stringify(filter)} ${shows ? "shows" : "does not show"} a ${change.entity}`, () => {
      const topics = createTopics();
      const topic = topicOf("events", filter);
      topics.add(topic);
      expect(matches(filter, change)).toBe(shows);
      expect(topics.of(change)).toEqual(shows ? [topic] : []);
    });
  }
});

test("filters that mean the same share a topic, whatever the order of their values", () => {
  const one = topicOf("events", { types: ["agent", "prompt"], session_id: ["b", "a", "b"] });
  const same = topicOf("events", { session_id: ["a", "b"], types: ["prompt", "agent"] });
  expect(same.name).toBe(one.name);
});

test("filters that differ, and the two kinds of stream, have topics of their own", () => {
  const filters: ChangeFilter[] = [
    {},
    { types: ["agent"] },
    { session_id: ["agent"] },
    { agent_id: ["agent"] },
    { session_id: ["x"], agent_id: ["agent"] },
    { session_id: ['a","b'] },
    { session_id: ["a", "b"] },
  ];
  const names = filters.flatMap((filter) => [topicOf("events", filter).name, topicOf("agent-status", filter).name]);
  expect(new Set(names).size).toBe(names.length);
});

test("a topic stays until its last subscriber has gone", () => {
  const topics = createTopics();
  const topic = topicOf("events", { session_id: ["s1"] });
  topics.add(topic);
  topics.add(topicOf("events", { session_id: ["s1"] }));
  expect(topics.size).toBe(1);
  topics.remove(topic);
  expect(topics.of(CHANGE)).toEqual([topic]);
  topics.remove(topic);
  expect(topics.of(CHANGE)).toEqual([]);
  expect(topics.size).toBe(0);
});

test("removing one topic leaves the others of the same session and agent", () => {
  const topics = createTopics();
  const bySession = topicOf("events", { session_id: ["s1"] });
  const prompts = topicOf("events", { session_id: ["s1"], types: ["prompt"] });
  const byAgent = topicOf("events", { agent_id: ["a1", "a2"] });
  for (const topic of [bySession, prompts, byAgent]) topics.add(topic);
  topics.remove(prompts);
  expect(topics.of(CHANGE)).toEqual([byAgent, bySession]);
});

test("removing a topic that nobody has does nothing", () => {
  const topics = createTopics();
  topics.add(topicOf("events", {}));
  topics.remove(topicOf("events", { types: ["agent"] }));
  expect(topics.size).toBe(1);
});

test("a topic that names an agent twice shows its changes once", () => {
  const topics = createTopics();
  const topic = topicOf("events", { agent_id: ["a1", "a1"], session_id: ["s1"] });
  topics.add(topic);
  expect(topics.of(CHANGE)).toEqual([topic]);
  topics.remove(topic);
  expect(topics.of(CHANGE)).toEqual([]);
});
