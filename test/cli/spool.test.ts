import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { createDelivery } from "#src/cli/tee/delivery.ts";
import { claimSpool, createSpool, type GrowingSpool, keptSpools, type SpoolHead } from "#src/cli/tee/spool.ts";
import { ApiError, type Client, UnreachableError } from "#src/client/client.ts";
import { testFolder } from "#test/support/folder.ts";
import { seededRandom } from "#test/support/random.ts";

const HEAD: SpoolHead = { stream: "0199-a", source: "codex", session: null, url: "http://127.0.0.1:8000" };
const bytes = (text: string) => new TextEncoder().encode(text);
const never = new AbortController().signal;

/** What a server has of a stream: it takes a line once, fails where it is told to, and may forget. */
function fakeServer(fails: () => "before" | "after" | null = () => null) {
  let lines: string[] = [];
  let isEnded = false;
  const ingestLines: Client["ingestLines"] = async (body, { line = 0, end }) => {
    const failure = fails();
    if (failure === "before") throw new UnreachableError("gone");
    const text = typeof body === "string" ? body : new TextDecoder().decode(body);
    const given = text.split("\n");
    if (given.at(-1) === "") given.pop();
    if (line > lines.length) {
      throw new ApiError({ status: 409, title: "", detail: "", code: "conflict", next: lines.length });
    }
    lines.push(...given.slice(lines.length - line));
    if (end === true) isEnded = true;
    if (failure === "after") throw new UnreachableError("the answer is lost");
    return { lines: given.length, repeated: 0, skipped: [], next: lines.length };
  };
  return {
    ingestLines,
    forget: (from: number) => void (lines = lines.slice(0, from)),
    get lines() {
      return lines;
    },
    get isEnded() {
      return isEnded;
    },
  };
}

async function begun(folder: string, text: string): Promise<GrowingSpool> {
  const spool = await createSpool(folder, HEAD);
  spool.append(bytes(text));
  await spool.written();
  return spool;
}

/** One that is gone with the test. */
async function spoolOf(folder: string, text: string): Promise<GrowingSpool & AsyncDisposable> {
  const spool = await begun(folder, text);
  return Object.assign(spool, { [Symbol.asyncDispose]: () => spool.remove() });
}

describe("a delivery", () => {
  test("sends whole lines while they come, and all at the end", async () => {
    using folder = testFolder();
    const server = fakeServer();
    await using spool = await spoolOf(folder.path, "one\ntw");
    const delivery = createDelivery(server, spool);
    await delivery.send(false, never);
    expect(server.lines).toEqual(["one"]);
    spool.append(bytes("o\nthree"));
    await spool.written();
    await delivery.send(true, never);
    expect(server.lines).toEqual(["one", "two", "three"]);
    expect(server.isEnded).toBe(true);
  });

  test("has each line once, whatever fails", async () => {
    using folder = testFolder();
    const random = seededRandom(11);
    const server = fakeServer(() => ([null, "before", "after"] as const)[random.below(3)]!);
    const all = Array.from({ length: 300 }, (_, line) => `${line} ${"x".repeat(random.below(20_000))}`);
    await using spool = await spoolOf(folder.path, all.join("\n"));
    let isSent = false;
    for (let attempt = 0; attempt < 200 && !isSent; attempt += 1) {
      // Some who deliver begin anew, as after a crash.
      const delivery = createDelivery(server, spool);
      isSent = await delivery.send(true, never).then(
        () => true,
        () => false,
      );
    }
    expect(isSent).toBe(true);
    expect(server.lines).toEqual(all);
  });

  test("goes back to what the server has, as when a copy of it was brought back", async () => {
    using folder = testFolder();
    const server = fakeServer();
    await using spool = await spoolOf(folder.path, "one\ntwo\nthree\n");
    const delivery = createDelivery(server, spool);
    await delivery.send(false, never);
    server.forget(1);
    spool.append(bytes("four\n"));
    await spool.written();
    await delivery.send(true, never);
    expect(server.lines).toEqual(["one", "two", "three", "four"]);
  });

  test("sends of a line that is too long enough to count it", async () => {
    using folder = testFolder();
    const server = fakeServer();
    await using spool = await spoolOf(folder.path, `one\n${"x".repeat(10_000_000)}\nthree\n${"y".repeat(7_000_000)}`);
    await createDelivery(server, spool).send(true, never);
    expect(server.lines.map((line) => line.length)).toEqual([3, 5 * 1024 * 1024, 5, 5 * 1024 * 1024]);
  });

  test("of nothing tells that it has ended", async () => {
    using folder = testFolder();
    const server = fakeServer();
    await using spool = await spoolOf(folder.path, "");
    await createDelivery(server, spool).send(true, never);
    expect([server.lines, server.isEnded]).toEqual([[], true]);
  });

  test("gives up on a server that goes back for ever", async () => {
    using folder = testFolder();
    const conflict = new ApiError({ status: 409, title: "", detail: "no", code: "conflict", next: 0 });
    await using spool = await spoolOf(folder.path, "a\n");
    const delivery = createDelivery({ ingestLines: () => Promise.reject(conflict) }, spool);
    await expect(delivery.send(true, never)).rejects.toBe(conflict);
  });
});

describe("a spool", () => {
  test("is bounded", async () => {
    using folder = testFolder();
    const spool = await createSpool(folder.path, HEAD, 300);
    expect(spool.append(bytes("x".repeat(100)))).toBe(true);
    expect(spool.append(bytes("x".repeat(200)))).toBe(false);
    expect(spool.append(bytes("x"))).toBe(false);
    await spool.written();
    expect(spool.end - spool.start).toBe(100);
    expect(spool.fault).toMatch(/is not kept/);
    await spool.remove();
  });

  test("is of the process that has it, until that has ended", async () => {
    using folder = testFolder();
    const now = Date.now;
    const free = await (await begun(folder.path, "one\n")).release();
    // Of a process that lives, and is not this one.
    const living = `${HEAD.stream}.1.jsonl`;
    renameSync(free, join(folder.path, living));
    expect(keptSpools(folder.path)).toEqual([living]);
    expect(await claimSpool(folder.path, living, now)).toBeNull();
    // The machine has been started since.
    const later = () => Date.now() + 100 * 365 * 86_400_000;
    const claimed = await claimSpool(folder.path, living, later);
    expect(claimed?.head).toEqual(HEAD);
    expect(new TextDecoder().decode(await claimed!.read(claimed!.start, 100))).toBe("one\n");
    expect(await claimSpool(folder.path, living, later)).toBeNull();
    await claimed!.remove();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("keeps how its program exited, beside its lines", async () => {
    using folder = testFolder();
    const spool = await begun(folder.path, "one\n");
    expect(spool.exit).toBeNull();
    await spool.noteExit(255);
    expect(spool.exit).toBe(255);
    await spool.release();
    const claimed = await claimSpool(folder.path, `${HEAD.stream}.jsonl`, Date.now);
    expect(claimed?.exit).toBe(255);
    expect(new TextDecoder().decode(await claimed!.read(claimed!.start, 100))).toBe("one\n");
    await claimed!.remove();
  });

  test.each(['"1"', "-1", "256", "1.5", "null", "[]"])("may hold no exit that is one: %s", async (exit) => {
    using folder = testFolder();
    const head = JSON.stringify(HEAD).replace("}", `,"exit":${exit}}`);
    writeFileSync(folder.file(`${HEAD.stream}.jsonl`), `${head}\none\n`);
    const claimed = await claimSpool(folder.path, `${HEAD.stream}.jsonl`, Date.now);
    expect(claimed?.exit).toBeNull();
    await claimed!.remove();
  });

  test("that nobody can read is left aside; one that was never begun goes", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("bad.jsonl"), "not a head\nx\n");
    writeFileSync(folder.file("none.jsonl"), "");
    for (const name of keptSpools(folder.path)) expect(await claimSpool(folder.path, name, Date.now)).toBeNull();
    expect(readdirSync(folder.path)).toEqual(["bad.unreadable"]);
  });
});
