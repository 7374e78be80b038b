import type { IngestPlan, IngestStore, StreamMark } from "./ingest.ts";
import {
  AGENT,
  CALL,
  type Contents,
  CONVERSATION,
  DEFINITION,
  LOG_TEXTS,
  LOG_WRITE,
  LONE_TEXT,
  PROMPT,
  SYSTEM_LOG,
  TURN,
} from "./written-fields.ts";

type RedactRows = <Row extends object>(rows: readonly Row[], contents: Contents<Row>) => Promise<Row[]>;

/** The same store, but that what looks like a secret in a plan is replaced before it gets there. */
export function redactingIngest(store: IngestStore, redactRows: RedactRows): IngestStore {
  /** Changes of rows, each beside what says which row it is. */
  async function sets<Row, Write extends { readonly set: Partial<Row> }>(
    writes: readonly Write[],
    contents: Contents<Row>,
  ): Promise<Write[]> {
    const kept = await redactRows<Partial<Row>>(
      writes.map(({ set }) => set),
      contents as Contents<Partial<Row>>,
    );
    return writes.map((write, index) => ({ ...write, set: kept[index]! }));
  }

  async function text<Text>(given: Text): Promise<Text> {
    const [kept] = await redactRows([{ text: given }], LONE_TEXT);
    return kept!.text as Text;
  }

  async function promptChanges(writes: IngestPlan["promptChanges"]): Promise<IngestPlan["promptChanges"]> {
    const kept = [];
    for (const write of await sets(writes, PROMPT)) {
      kept.push(write.append === null ? write : { ...write, append: await text(write.append) });
    }
    return kept;
  }

  async function mark(given: StreamMark | null): Promise<StreamMark | null> {
    if (given === null) return null;
    return { ...given, context: JSON.stringify(await text(JSON.parse(given.context) as unknown)) };
  }

  return {
    known: (query) => store.known(query),
    async apply(plan) {
      await store.apply({
        at: plan.at,
        definitions: await redactRows(plan.definitions, DEFINITION),
        agents: await redactRows(plan.agents, AGENT),
        conversations: await redactRows(plan.conversations, CONVERSATION),
        agentChanges: await sets(plan.agentChanges, AGENT),
        prompts: await redactRows(plan.prompts, PROMPT),
        turns: await redactRows(plan.turns, TURN),
        promptChanges: await promptChanges(plan.promptChanges),
        logs: await redactRows(plan.logs, LOG_WRITE),
        logChanges: await sets(plan.logChanges, LOG_TEXTS),
        lowered: plan.lowered,
        claims: plan.claims,
        left: plan.left,
        keys: plan.keys,
        calls: await redactRows(plan.calls, CALL),
        settle: plan.settle,
        systemLogs: await redactRows(plan.systemLogs, SYSTEM_LOG),
        mark: await mark(plan.mark),
      });
    },
    stream: (id) => store.stream(id),
    told: (conversation, keys) => store.told(conversation, keys),
    endIdle: (beforeMs, at) => store.endIdle(beforeMs, at),
    forget: (beforeMs) => store.forget(beforeMs),
  };
}
