import { describe, expect, test } from "bun:test";
import { SCALAR_BUNDLE } from "#src/assets.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

/** Everything that a page loads, and where it may be sent. */
function references(html: string): string[] {
  return [
    ...html.matchAll(/\b(?:src|href|action|srcset|url)\s*=\s*["']([^"']+)["']|url\(([^)]+)\)|@import\s+["']([^"']+)/g),
  ].map(([, attribute, style, imported]) => (attribute ?? style ?? imported)!);
}

describe("GET /docs", () => {
  test("is a page of which everything comes from this server", async () => {
    await using app = await testApp();
    const { status, headers, body } = await app.raw("/docs");
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(references(body)).toEqual(["/docs/scalar.js"]);
    expect(body).toContain("/openapi.json");
    // Its own address stands in the examples that it shows.
    expect(body.replace('"baseServerURL": "http://localhost"', "")).not.toMatch(/https?:\/\/|\/\/cdn/);
    for (const off of ['"withDefaultFonts": false', '"telemetry": false']) expect(body).toContain(off);
  });

  test("its policy allows nothing foreign", async () => {
    await using app = await testApp();
    const policy = (await app.raw("/docs")).headers.get("Content-Security-Policy")!;
    const directives = new Map(policy.split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1)]));
    expect(directives.get("default-src")).toEqual(["'none'"]);
    expect(directives.get("frame-ancestors")).toEqual(["'none'"]);
    expect(directives.get("connect-src")).toEqual(["'self'"]);
    const [own, ...hashes] = directives.get("script-src")!;
    expect(own).toBe("'self'");
    expect(hashes).toHaveLength(1);
    for (const hash of hashes) expect(hash).toMatch(/^'sha256-[\w+/]{43}='$/);
    directives.delete("script-src");
    for (const sources of directives.values()) {
      for (const source of sources) expect(["'none'", "'self'", "'unsafe-inline'", "data:", "blob:"]).toContain(source);
    }
  });

  test("the one script that stands in it is allowed by its hash, whatever the page is asked for as", async () => {
    await using app = await testApp();
    for (const host of ["localhost:8000", "127.0.0.1"]) {
      const { headers, body } = await app.raw("/docs", { headers: { Host: host } });
      const inline = [...body.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)].filter(
        ([, with_]) => !with_.includes("src="),
      );
      const hashes = inline.map(([, , text]) => new Bun.CryptoHasher("sha256").update(text).digest("base64"));
      expect(hashes).toHaveLength(1);
      expect(headers.get("Content-Security-Policy")).toContain(`script-src 'self' 'sha256-${hashes[0]}'`);
      expect(body).not.toMatch(/\son\w+=/);
    }
  });

  test("what it loads is there, over a real port", async () => {
    await using server = await testServer();
    for (const path of ["/docs", "/docs/scalar.js", "/openapi.json"]) {
      const response = await fetch(server.url + path);
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
      expect((await response.bytes()).length).toBeGreaterThan(1000);
    }
  });
});

describe("GET /docs/scalar.js", () => {
  const open = () => testApp({ scalarBundle: SCALAR_BUNDLE });

  test("comes as it is to who cannot unpack", async () => {
    await using app = await open();
    const response = await app.app.request("/docs/scalar.js");
    expect(response.headers.get("Content-Type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("Content-Encoding")).toBeNull();
    expect(response.headers.get("Vary")).toContain("Accept-Encoding");
    const bundle = await Bun.file(SCALAR_BUNDLE).bytes();
    expect(Bun.hash(await response.bytes())).toBe(Bun.hash(bundle));
    expect(bundle.length).toBeGreaterThan(1_000_000);
  });

  test("comes packed to who can, the same script", async () => {
    await using app = await open();
    const response = await app.app.request("/docs/scalar.js", { headers: { "Accept-Encoding": "gzip, br" } });
    expect(response.headers.get("Content-Encoding")).toBe("gzip");
    const packed = await response.arrayBuffer();
    expect(packed.byteLength).toBeLessThan(2_000_000);
    expect(Bun.hash(Bun.gunzipSync(packed))).toBe(Bun.hash(await Bun.file(SCALAR_BUNDLE).bytes()));
  });
});

describe("an answer that has not changed is not sent again", () => {
  for (const path of ["/docs/scalar.js", "/openapi.json"]) {
    test(path, async () => {
      await using app = await testApp();
      const first = await app.raw(path);
      const etag = first.headers.get("ETag")!;
      expect(etag).toMatch(/^"[\da-f]{32}"$/);
      expect((await app.raw(path)).headers.get("ETag")).toBe(etag);

      const same = await app.raw(path, { headers: { "If-None-Match": etag } });
      expect(same).toMatchObject({ status: 304, body: "" });
      expect(same.headers.get("ETag")).toBe(etag);

      const other = await app.raw(path, { headers: { "If-None-Match": '"other"' } });
      expect(other.status).toBe(200);
    });
  }

  test("another document has another ETag", async () => {
    const etags = [];
    for (const version of ["1.0.0", "1.0.1"]) {
      await using app = await testApp({ version });
      etags.push((await app.raw("/openapi.json")).headers.get("ETag"));
    }
    expect(etags[0]).not.toBe(etags[1]);
  });
});

describe("GET /", () => {
  test("tells a program what this is", async () => {
    await using app = await testApp();
    const json = [
      "application/json",
      "*/*",
      "application/json, text/html;q=0",
      "application/json;q=1, text/html;q=0.1",
    ];
    for (const headers of [{}, ...json.map((Accept) => ({ Accept }))]) {
      const { status, body } = await app.raw("/", { headers });
      expect(status).toBe(200);
      expect(body).toEqual({ service: "orchestrator", version: "0.0.0-test", status: "operational" });
    }
  });

  test("sends a browser to the dashboard", async () => {
    await using app = await testApp();
    for (const Accept of ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "TEXT/HTML", "text/*"]) {
      const { status, headers } = await app.call("GET", "/", undefined, { Accept });
      expect({ Accept, status, to: headers.get("Location") }).toEqual({ Accept, status: 302, to: "/dashboard" });
    }
  });
});
