import { describe, expect, test } from "bun:test";
import { readPage } from "#src/page-files.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const FILES = new Map([
  ["index.html", encode("<!doctype html><title>Page</title>")],
  ["index-1234.js", encode("let number = 1;".repeat(100))],
  ["index-1234.css", encode("p { color: red }")],
]);
const open = () => testApp({ page: async () => FILES });

describe("GET /dashboard", () => {
  test("is one page for all its views", async () => {
    await using app = await open();
    for (const path of ["/dashboard", "/dashboard/logs", "/dashboard/session?id=%2F..%2Fdemo", "/dashboard/nothing"]) {
      const { status, headers, body } = await app.raw(path);
      expect({ path, status, body }).toEqual({ path, status: 200, body: "<!doctype html><title>Page</title>" });
      expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
      expect(headers.get("Cache-Control")).toBe("no-cache");
    }
  });

  test("its policy allows scripts and styles of this server only, and no text to become markup", async () => {
    await using app = await open();
    const policy = (await app.raw("/dashboard")).headers.get("Content-Security-Policy")!;
    const directives = new Map(policy.split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1)]));
    expect(directives.get("default-src")).toEqual(["'none'"]);
    for (const name of ["script-src", "style-src", "connect-src", "font-src"]) {
      expect({ name, from: directives.get(name) }).toEqual({ name, from: ["'self'"] });
    }
    for (const name of ["frame-ancestors", "base-uri", "form-action", "trusted-types"]) {
      expect({ name, from: directives.get(name) }).toEqual({ name, from: ["'none'"] });
    }
    expect(directives.get("require-trusted-types-for")).toEqual(["'script'"]);
    expect(policy).not.toContain("unsafe");
  });

  test("other paths below are not there", async () => {
    await using app = await open();
    for (const path of [
      "/dashboard/a/b",
      "/dashboard/a/b/",
      "/dashboards",
      "/dashboard//",
      "/dashboard/assets/index.html",
    ]) {
      expect({ path, status: (await app.raw(path)).status }).toEqual({ path, status: 404 });
    }
  });
});

test("a slash behind an address of the page is forgiven, without a token too", async () => {
  await using app = await testApp({ page: async () => FILES, apiToken: "a-token-that-is-long-enough-for-a-test" });
  for (const [path, to] of [
    ["/dashboard/", "/dashboard"],
    ["/dashboard/logs/?q=a%20b", "/dashboard/logs?q=a%20b"],
  ] as const) {
    const { status, headers } = await app.raw(path);
    expect({ path, status, to: headers.get("Location") }).toEqual({ path, status: 308, to });
  }
});

describe("GET /dashboard/assets/{name}", () => {
  test("may be kept for ever, and comes packed to who can unpack", async () => {
    await using app = await open();
    const plain = await app.app.request("/dashboard/assets/index-1234.js");
    expect(plain.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(plain.headers.get("Content-Type")).toBe("text/javascript; charset=utf-8");
    expect(plain.headers.get("Content-Encoding")).toBeNull();
    const text = await plain.text();
    const packed = await app.app.request("/dashboard/assets/index-1234.js", { headers: { "Accept-Encoding": "gzip" } });
    expect(packed.headers.get("Content-Encoding")).toBe("gzip");
    expect(packed.headers.get("Vary")).toContain("Accept-Encoding");
    const bytes = new Uint8Array(await packed.arrayBuffer());
    expect(bytes.length).toBeLessThan(text.length / 5);
    expect(new TextDecoder().decode(Bun.gunzipSync(bytes))).toBe(text);
  });

  test("what has not changed is not sent again", async () => {
    await using app = await open();
    const etag = (await app.raw("/dashboard/assets/index-1234.css")).headers.get("ETag")!;
    const packed = etag.replace(/"$/, '-gzip"');
    for (const known of [etag, packed, `W/${etag}`, `"other", W/${packed}`, "*"]) {
      const headers = { "If-None-Match": known };
      const { status, body } = await app.raw("/dashboard/assets/index-1234.css", { headers });
      expect({ known, status, body }).toEqual({ known, status: 304, body: "" });
    }
    const { status } = await app.raw("/dashboard/assets/index-1234.css", { headers: { "If-None-Match": '"other"' } });
    expect(status).toBe(200);
  });

  test("packed and plain have tags of their own, and nobody is sent what they cannot unpack", async () => {
    await using app = await open();
    const ask = (coding: string) =>
      app.app.request("/dashboard/assets/index-1234.js", { headers: { "Accept-Encoding": coding } });
    const [packed, refused, any] = await Promise.all([ask("br, GZIP;q=0.5"), ask("gzip;q=0, identity"), ask("*")]);
    expect([packed, refused, any].map(({ headers }) => headers.get("Content-Encoding"))).toEqual([
      "gzip",
      null,
      "gzip",
    ]);
    expect(packed.headers.get("ETag")).not.toBe(refused.headers.get("ETag"));
  });

  test("what is not there is a problem, the files of another version too", async () => {
    await using app = await open();
    for (const name of ["index-9999.js", "..%2F..%2Fpackage.json", "constructor"]) {
      const { status, body } = await app.raw(`/dashboard/assets/${name}`);
      expect({ name, status, code: body.code }).toEqual({ name, status: 404, code: "not_found" });
    }
  });

  test("a page that could not be made is made again for the next reader", async () => {
    let calls = 0;
    await using app = await testApp({
      async page() {
        calls += 1;
        if (calls === 1) throw new Error("no bundle");
        return FILES;
      },
    });
    expect((await app.raw("/dashboard")).status).toBe(500);
    expect((await app.raw("/dashboard")).status).toBe(200);
    await app.raw("/dashboard/logs");
    expect(calls).toBe(2);
  });
});

describe("the page itself", () => {
  test("over a real port: everything that the document names is there, and nothing of another host", async () => {
    await using server = await testServer();
    const html = await (await fetch(`${server.url}/dashboard`)).text();
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const path of named) {
      expect(path).toStartWith("/dashboard/assets/");
      const { status } = await fetch(server.url + path);
      expect({ path, status }).toEqual({ path, status: 200 });
    }
    // What stands in a page would need a policy that allows it.
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  });

  test("all its scripts together are at most 120 kB packed, and hold no validator", async () => {
    const files = [...(await readPage())].filter(([name]) => name.endsWith(".js"));
    const sizes = files.map(([, bytes]) => Bun.gzipSync(bytes, { level: 9 }).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(120_000);
    expect(files.length).toBeGreaterThan(1);
    for (const [, bytes] of files) expect(new TextDecoder().decode(bytes)).not.toContain("ZodError");
  });

  test("no script of it makes markup of text", async () => {
    for (const [name, bytes] of await readPage()) {
      if (!name.endsWith(".js")) continue;
      const found = new TextDecoder()
        .decode(bytes)
        .match(/\b(insertAdjacentHTML|document\.write|new Function|DOMParser)\b/g);
      expect({ name, found }).toEqual({ name, found: null });
    }
  });
});
