import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import type { Json } from "#test/support/json.ts";
import { refusingServer } from "#test/support/fake-server.ts";
import { testFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { expectDelivered, givenTee, NOWHERE, rows, RUN, says, sh } from "#test/support/tee.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

describe("without a server", () => {
  test("the run is kept for its user alone, and delivered once, whoever tries again", async () => {
    using tee = givenTee(NOWHERE);
    const ended = await tee.run(says(RUN));
    expect(ended).toMatchObject({ code: 0, stdout: RUN });
    expect(ended.stderr).toMatch(/^orchestrator: not delivered yet: no Orchestrator at .*; kept in .*\.jsonl\n$/);
    const [name] = tee.kept();
    expect(tee.kept()).toHaveLength(1);
    expect(statSync(join(tee.spool, name!)).mode & 0o777).toBe(0o600);
    expect(statSync(tee.spool).mode & 0o777).toBe(0o700);

    await using server = await testServer();
    const copy = await Bun.file(join(tee.spool, name!)).text();
    expect(await tee.run(["--deliver", "--all", "--url", server.url])).toMatchObject({
      code: 0,
      stdout: `delivered 1 run to ${server.url}\n`,
      stderr: "",
    });
    expect(tee.kept()).toEqual([]);
    await expectDelivered(server);
    const once = await rows(server);
    writeFileSync(join(tee.spool, name!), copy);
    await tee.run(["--deliver", "--all", "--url", server.url]);
    expect(await rows(server)).toEqual(once);
  });

  test("two who deliver at once deliver once", async () => {
    using tee = givenTee(NOWHERE);
    for (let run = 0; run < 3; run += 1) await tee.run(["--quiet", ...says(RUN.replaceAll("t1", `t${run}`))]);
    await using server = await testServer();
    const args = ["--deliver", "--all", "--url", server.url];
    await Promise.all([tee.run(args), tee.run(args), tee.run(args)]);
    const { agents, prompts } = await rows(server);
    expect(agents.map(({ session_id }) => session_id).toSorted()).toEqual(["t0", "t1", "t2"]);
    expect(prompts.map(({ response_text }) => response_text)).toEqual(["Hi.", "Hi.", "Hi."]);
    expect(tee.kept()).toEqual([]);
  });

  test("what is kept says so by its exit code when it cannot be delivered", async () => {
    using tee = givenTee(NOWHERE);
    await tee.run(["--quiet", ...says(RUN)]);
    expect(await tee.run(["--deliver"])).toMatchObject({ code: 5 });
    await using server = refusingServer(401, "Send a token.");
    const refused = await tee.run(["--deliver", "--all", "--url", server.url]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain(`1 run for ${server.url}: Send a token.`);
    expect(tee.kept()).toHaveLength(1);
  });

  test("the next run to the same server delivers it first", async () => {
    await using server = await testServer();
    using tee = givenTee(server.url);
    await using refusing = refusingServer(503, "Busy.");
    await tee.run(["--quiet", "--url", refusing.url, ...says(RUN)]);
    const [name] = tee.kept();
    const path = join(tee.spool, name!);
    writeFileSync(path, (await Bun.file(path).text()).replace(refusing.url, server.url));
    const next = sh(`while [ -e ${path} ] || ls ${tee.spool} | grep -q ${name!.slice(0, 20)}; do sleep 0.01; done`);
    expect(await tee.run(next)).toMatchObject({ code: 0 });
    await expectDelivered(server);
    expect(tee.kept()).toEqual([]);
  });

  test("a run whose process was killed is delivered up to there", async () => {
    using tee = givenTee(NOWHERE);
    const child = tee.start(["--quiet", ...sh(`printf %s '${RUN}'; echo; echo "pid $$"; exec sleep 60`)]);
    const pid = await until("its lines on the disk", async () => {
      const [name] = tee.kept();
      const text = name === undefined ? "" : await Bun.file(join(tee.spool, name)).text();
      return /^pid (\d+)\n/m.exec(text)?.[1];
    });
    child.kill("SIGKILL");
    await child.exited;
    // Nobody else ends what it ran.
    process.kill(Number(pid), "SIGKILL");
    await using server = await testServer();
    expect(await tee.run(["--deliver", "--all", "--url", server.url])).toMatchObject({ code: 0 });
    // How it ended is not known.
    await expectDelivered(server, "idle");
  });
});

describe("what is kept for several servers", () => {
  const OTHER = "http://127.0.0.1:2";

  /** A run that was kept for a server that was away. */
  async function keep(tee: ReturnType<typeof givenTee>, url: string, thread: string): Promise<void> {
    const before = new Set(tee.kept());
    await tee.run(["--quiet", "--url", NOWHERE, ...says(RUN.replace("t1", thread))]);
    const path = join(
      tee.spool,
      tee.kept().find((name) => !before.has(name))!,
    );
    writeFileSync(path, (await Bun.file(path).text()).replace(NOWHERE, url));
  }

  test("goes to each of them, and the token to none but its own", async () => {
    await using one = await testServer();
    const asked: (string | null)[] = [];
    using two = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        asked.push(request.headers.get("Authorization"));
        const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "r1" };
        const problem = { status: 401, title: "", detail: "Send a token.", code: "unauthorized" };
        return Response.json(problem, { status: 401, headers });
      },
    });
    using tee = givenTee(one.url);
    const url = two.url.origin;
    for (const [to, thread] of [
      [one.url, "t1"],
      [url, "t2"],
      [one.url, "t3"],
      [OTHER, "t4"],
    ] as const) {
      await keep(tee, to, thread);
    }
    const ended = await tee.run(["--deliver"], undefined, { ORCHESTRATOR_TOKEN: "secret-of-one" });
    expect(ended).toMatchObject({ code: 1, stdout: `delivered 2 runs to ${one.url}\n` });
    expect(ended.stderr).toContain(`1 run for ${url}: `);
    expect(ended.stderr).toContain(`1 run for ${OTHER}: no Orchestrator at ${OTHER}`);
    expect((await rows(one)).agents.map(({ session_id }) => session_id).toSorted()).toEqual(["t1", "t3"]);
    expect(tee.kept()).toHaveLength(2);
    expect(new Set(asked)).toEqual(new Set([null]));
  });

  test("goes to the one that is named, of what was kept for it", async () => {
    await using server = await testServer();
    using tee = givenTee(OTHER);
    await keep(tee, server.url, "t1");
    await keep(tee, OTHER, "t2");
    const ended = await tee.run(["--deliver", "--url", server.url]);
    expect(ended).toMatchObject({ code: 1, stdout: `delivered 1 run to ${server.url}\n` });
    expect(ended.stderr).toContain(`1 run for ${OTHER}\n`);
    await expectDelivered(server);
    expect(tee.kept()).toHaveLength(1);
  });

  test("may be nothing", async () => {
    using tee = givenTee(NOWHERE);
    expect(await tee.run(["--deliver"])).toMatchObject({ code: 0, stdout: "nothing is kept\n", stderr: "" });
  });
});

test("a server that is killed in the middle and comes back has each line once", async () => {
  using home = testFolder();
  const path = home.file("orchestrator.db");
  await using first = startProgram(home.path, { PORT: "0", DATABASE_PATH: path });
  const url = await first.url;
  using tee = givenTee(url);
  const [thread, ...rest] = RUN.split("\n");
  const child = tee.start(sh(`echo '${thread}'; read go; printf '%s\\n' '${rest.join("' '")}'`), "pipe" as const);
  await until("the agent", async () => {
    const agents = (await (await fetch(`${url}/api/runtime/agents`)).json()) as Json[];
    return agents.length === 1;
  });
  first.kill("SIGKILL");
  await first.exited;
  void child.stdin.write("go\n");
  void child.stdin.end();
  expect(await child.exited).toBe(0);
  expect(await child.stderr.text()).toMatch(/not delivered yet/);
  expect(tee.kept()).toHaveLength(1);
  await using again = await testServer(path);
  await tee.run(["--deliver", "--all", "--url", again.url]);
  await expectDelivered(again);
  expect(tee.kept()).toEqual([]);
});
