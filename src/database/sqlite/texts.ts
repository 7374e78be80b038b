import type { TextIndexStore } from "#src/database/manager.ts";
import { HEAD_SEQ, type Reader } from "./reader.ts";
import { type Stored, UNREADABLE_MS } from "./rows.ts";
import {
  type DocumentKey,
  documentOf,
  documentParts,
  documentText,
  keyOf,
  rowidOf,
  TEXT_SOURCES,
  type TextSource,
  wrapsUpTo,
} from "./text-sources.ts";
import { indexWalk, type Position, positionOf } from "./walk.ts";
import type { Writer } from "./writer.ts";

/** How long one write may read rows, which then takes about as long to put into the index; and what it reads at most. */
const READ_MS = 1.5;
const CHANGES = 250;
const GONE = 200;
const LEFT = 500;
/** Pages that one write of merging makes, and how many of them may stand between two steps of the feed. */
const MERGE_PAGES = 32;
const MERGES = 8;

const SOURCES: readonly TextSource[] = Object.values(TEXT_SOURCES);
const NAMES = SOURCES.map(({ name }) => `'${name}'`).join(", ");

const SEQ = "(select cast(value as integer) from orchestrator_meta where key = 'text_seq')";
const STATE = `
  select ${SEQ} as seq, ${HEAD_SEQ} as head,
    exists (select 1 from orchestrator_stale_texts) as gone,
    exists (select 1 from orchestrator_meta where key glob 'text_left:*') as left_over`;
const SET_SEQ = "update orchestrator_meta set value = cast($seq as text) where key = 'text_seq'";
const CHANGED = `
  select seq, iif(op <> 'deleted' and entity in (${NAMES}), entity, null) as source, typeof(entity_id) || entity_id as id
  from changes where seq > $after order by seq limit ${CHANGES}`;
const GONE_TEXTS = `select source, ${documentParts("doc")} from orchestrator_stale_texts limit ${GONE}`;
const FORGET = `delete from orchestrator_stale_texts where source = $source and doc = ${documentOf("ms", "n")}`;
const LEFT_OVER = "select substr(key, 11) as source, value from orchestrator_meta where key glob 'text_left:*' limit 1";
const SET_LEFT = "update orchestrator_meta set value = $value where key = $key";
const DELETE_LEFT = "delete from orchestrator_meta where key = $key";

/** The statements of one source. */
function statementsOf(source: TextSource) {
  const row = `${documentParts(source.document)}, ${source.texts.map((column) => `t.${column}`).join(", ")}`;
  return {
    source,
    put: `insert or replace into ${source.table}_text (rowid, text) values (${rowidOf("ms", "n")}, $text)`,
    remove: `delete from ${source.table}_text where rowid = ${rowidOf("ms", "n")}`,
    ofChange: `select ${row} from changes c cross join ${source.table} t on t.id is c.entity_id where c.seq = $seq`,
    ofDocument: `select ${row} from (select ${documentOf("ms", "n")} as document) d ${source.rowOfDocument} where t.rowid is not null`,
    ofRow: `select ${row} from ${source.table} t where t.rowid = $rowid`,
    highest: `select ifnull(max(rowid), 0) as id from ${source.table}`,
    merge: `insert into ${source.table}_text (${source.table}_text, rank) values ('merge', ${MERGE_PAGES})`,
  };
}

type Statements = ReturnType<typeof statementsOf>;

/** What the index is to hold of a document: its text, or null for nothing. */
type Put = { readonly statements: Statements; readonly key: DocumentKey; readonly text: string | null };
const BY_NAME = new Map<string, Statements>(SOURCES.map((source) => [source.name, statementsOf(source)]));

/**
 * The index of all texts. It follows the feed behind `text_seq`, which is read again inside each write: two servers index
 * nothing twice, and what was cut off is done again whole.
 */
export function createTextIndex(reader: Reader, writer: Writer): TextIndexStore {
  /** Sources that have been written since their last merge came to its end. */
  const unmerged = new Set<Statements>();
  let merges = 0;
  let turn = 0;
  let running: Promise<void> | null = null;

  const state = () =>
    reader.read(() => reader.prepare<{ seq: number; head: number; gone: number; left_over: number }>(STATE).get({})!);

  /** What this write has read, by document: the last reading counts. */
  const gathered = new Map<string, Put>();

  function gather(statements: Statements, key: DocumentKey, text: string | null): void {
    gathered.set(`${statements.source.name} ${key.ms} ${key.n}`, { statements, key, text });
  }

  function put(statements: Statements, row: Stored): void {
    gather(statements, keyOf(row), documentText(statements.source, row));
  }

  /** Newest first, as the rowids of the index grow: out of their order, FTS5 would write a segment for each. */
  function writeGathered(): void {
    const puts = [...gathered.values()].toSorted((a, b) => b.key.ms - a.key.ms || b.key.n - a.key.n);
    gathered.clear();
    for (const { statements, key, text } of puts) {
      if (text === null) writer.prepare(statements.remove).run(key);
      else writer.prepare(statements.put).run({ ...key, text });
      unmerged.add(statements);
    }
    flush(writer);
  }

  function followChanges(hasTime: () => boolean): void {
    const { seq: after } = writer.prepare<{ seq: number }>(`select ${SEQ} as seq`).get({})!;
    const changes = writer.prepare<{ seq: number; source: string | null; id: string }>(CHANGED).all({ after });
    // Of a row that changed several times the last one counts.
    const last = new Map(changes.map(({ seq, source, id }) => [`${source} ${id}`, seq]));
    let done = after;
    for (const { seq, source, id } of changes) {
      const statements = BY_NAME.get(source ?? "");
      if (statements !== undefined && last.get(`${source} ${id}`) === seq) {
        if (!hasTime()) break;
        for (const row of writer.prepare<Stored>(statements.ofChange).all({ seq })) put(statements, row);
      }
      done = seq;
    }
    if (done !== after) writer.prepare(SET_SEQ).run({ seq: done });
  }

  function forgetGone(hasTime: () => boolean): void {
    for (const gone of writer.prepare<Stored>(GONE_TEXTS).all({})) {
      if (!hasTime()) return;
      indexAnew(BY_NAME.get(gone["source"] as string)!, keyOf(gone));
      writer.prepare(FORGET).run({ source: gone["source"] as string, ...keyOf(gone) });
    }
  }

  /** A document as its row is now, if there is one. */
  function indexAnew(statements: Statements, key: DocumentKey): void {
    gather(statements, key, null);
    const isLog = statements.source.rowOfDocument.includes("$wraps");
    const wraps = isLog ? { wraps: wrapsUpTo(writer.prepare<{ id: number }>(statements.highest).get({})!.id) } : {};
    for (const row of writer.prepare<Stored>(statements.ofDocument).all({ ...key, ...wraps })) put(statements, row);
  }

  /** Rows that were here before the feed was followed. */
  function takeLeftOver(hasTime: () => boolean): void {
    const left = writer.prepare<{ source: string; value: string }>(LEFT_OVER).get({});
    if (left === null) return;
    const key = `text_left:${left.source}`;
    const statements = BY_NAME.get(left.source)!;
    const from = (JSON.parse(left.value) as Position | null) ?? { millis: Number.MAX_SAFE_INTEGER, id: null };
    const walk = indexWalk(writer, { table: statements.source.table, time: "created_ms", id: "id" }, null, []);
    const keys = walk(from, UNREADABLE_MS, LEFT);
    let place: Position | null = null;
    for (const one of keys) {
      if (!hasTime()) break;
      for (const row of writer.prepare<Stored>(statements.ofRow).all({ rowid: one[0] })) put(statements, row);
      place = positionOf(one);
    }
    if (keys.length === 0) writer.prepare(DELETE_LEFT).run({ key });
    else if (place !== null) writer.prepare(SET_LEFT).run({ key, value: JSON.stringify(place) });
  }

  const tasks = [followChanges, forgetGone, takeLeftOver];

  /** One write of upkeep: as much as there is time for, and something however little there is; each task has its turn. */
  function index(): Promise<void> {
    turn += 1;
    return writer.write(
      () => {
        const hasTime = atLeastOnce(performance.now() + READ_MS);
        gathered.clear();
        for (let task = 0; task < tasks.length; task += 1) tasks[(turn + task) % tasks.length]!(hasTime);
        writeGathered();
      },
      { background: true },
    );
  }

  /** One write of the feed alone, which somebody waits for. */
  function follow(): Promise<void> {
    return writer.write(() => {
      gathered.clear();
      followChanges(atLeastOnce(performance.now() + READ_MS));
      writeGathered();
    });
  }

  /** Merges segments of one index; the source is done when there was nothing to merge. */
  function merge(statements: Statements): Promise<void> {
    return writer.write(
      () => {
        const total = writer.prepare<{ n: number }>("select total_changes() as n");
        const before = total.get({})!.n;
        writer.prepare(statements.merge).run({});
        if (total.get({})!.n - before < 2) unmerged.delete(statements);
      },
      { background: true },
    );
  }

  return {
    async behind() {
      const { seq, head } = await state();
      return Math.max(0, head - seq);
    },
    async step() {
      const { seq, head, gone, left_over: left } = await state();
      const isBehind = seq < head || gone === 1 || left === 1;
      const [next] = unmerged;
      if (next !== undefined && (merges > 0 || !isBehind)) {
        merges -= 1;
        await merge(next);
      } else if (isBehind) {
        await index();
        merges = MERGES;
      } else return { done: true, indexedSeq: seq, behind: 0 };
      return { done: false, indexedSeq: seq, behind: head - seq };
    },
    async reach(deadlineMs) {
      const end = performance.now() + deadlineMs;
      const { head: wanted } = await state();
      for (let { seq } = await state(); seq < wanted && performance.now() < end; { seq } = await state()) {
        // Who cannot write now is answered with what there is.
        running ??= follow().finally(() => (running = null));
        const goesOn = running.then(() => true).catch(() => false);
        if (!(await Promise.race([goesOn, Bun.sleep(end - performance.now()).then(() => false)]))) return;
      }
    },
  };
}

/** True the first time it is asked, and as long as there is time. */
function atLeastOnce(end: number): () => boolean {
  let asked = 0;
  return () => (asked += 1) === 1 || performance.now() < end;
}

/** FTS5 writes what it has gathered when a savepoint begins: here, and not in the commit of everybody's writes. */
function flush(writer: Writer): void {
  writer.prepare("savepoint texts").run({});
  writer.prepare("release texts").run({});
}
