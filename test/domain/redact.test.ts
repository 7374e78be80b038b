import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { createRedactor, type ExtraPattern, type Redactor, toEnd } from "#src/domain/redact.ts";
import { CONTROL } from "#src/domain/escapes.ts";
import { TOKENS } from "#src/domain/secret-patterns.ts";
import { FALSE_CASES, JSON_CASES, TOKEN_CASES, TRUE_CASES } from "./secret-corpus.ts";
import { JSON_SHAPES, NEIGHBOURS, SHAPE_CASES } from "./secret-shapes.ts";

const { text, json, inSteps } = createRedactor();
const ALL_JSON = [...JSON_CASES, ...JSON_SHAPES];
const shown = (value: unknown) => JSON.stringify(value).slice(0, 70);

describe("a token that is known by how it begins", () => {
  test.each(TOKEN_CASES.map(([kind, token]) => ({ kind, token, begins: token.slice(0, 12) })))(
    "$kind $begins is redacted wherever it stands",
    ({ kind, token }) => {
      const mark = `[redacted:${kind}]`;
      const around = (before: string, after: string) =>
        expect(text(before + token + after)).toBe(before + mark + after);
      around("", "");
      around("the key ", " is of no use");
      around('{"out":"', '"}');
      around("line\\n", "\\nline");
      around("(", ")");
      around("\n", "\n");
      around("über ", ", 鍵");
      around("KEY=", "");
      around("x=`", "`");
    },
  );

  test.each(TOKEN_CASES.map(([kind, token]) => ({ kind, token, begins: token.slice(0, 12) })))(
    "$kind $begins inside a longer word is none",
    ({ token }) => {
      if (token.includes("~")) return;
      expect(text(`a${token}`)).toBe(`a${token}`);
    },
  );
});

describe("what is a secret by its surroundings", () => {
  test.each([...TRUE_CASES, ...SHAPE_CASES].map(([given, redacted]) => ({ given, redacted, what: shown(given) })))(
    "$what",
    ({ given, redacted }) => {
      expect(text(given)).toBe(redacted);
    },
  );
});

describe("what is none", () => {
  test.each([...FALSE_CASES, ...NEIGHBOURS].map((given) => ({ given, what: shown(given) })))(
    "$what stays",
    ({ given }) => {
      expect(text(given)).toBe(given);
    },
  );

  test.each(TOKEN_CASES.map(([kind]) => ({ kind })))("[redacted:$kind] stays", ({ kind }) => {
    expect(text(`password=[redacted:${kind}]`)).toBe(`password=[redacted:${kind}]`);
  });
});

describe("JSON", () => {
  test.each(ALL_JSON.map(([given, redacted]) => ({ given, redacted, what: shown(given) })))(
    "$what",
    ({ given, redacted }) => {
      const before = structuredClone(given);
      expect(json(given)).toEqual(redacted === null ? given : redacted);
      expect(given).toEqual(before);
    },
  );

  test("without a secret comes back itself", () => {
    for (const [given, redacted] of ALL_JSON) if (redacted === null) expect(json(given)).toBe(given);
  });

  test("parts without a secret are not copied", () => {
    const given = { a: { b: [1] }, password: "x" };
    expect((json(given) as typeof given).a).toBe(given.a);
  });

  test("may be nested as deep as anybody likes", () => {
    let deep: unknown = { password: "x" };
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    let inner = json(deep);
    while (Array.isArray(inner)) inner = inner[0];
    expect(inner).toEqual({ password: "[redacted:password]" });
  });
});

describe("patterns of the user", () => {
  const corp: ExtraPattern = {
    kind: "corp",
    find(given, from) {
      const at = given.indexOf("CORP-", from);
      return at === -1 ? null : { from: at, to: at + 9 };
    },
  };
  const redactor = createRedactor([corp]);

  test("come beside the known kinds", () => {
    expect(redactor.text("CORP-1234, password=hunter2!")).toBe("[redacted:corp], password=[redacted:password]");
    expect(redactor.json({ a: ["CORP-1234"] })).toEqual({ a: ["[redacted:corp]"] });
  });

  test("leave what was redacted before", () => {
    const marks: ExtraPattern = {
      kind: "word",
      find(given, from) {
        const at = given.indexOf("redacted", from);
        return at === -1 ? null : { from: at, to: at + 8 };
      },
    };
    const once = createRedactor([marks]).text("redacted [redacted:corp] redacted");
    expect(once).toBe("[redacted:word] [redacted:corp] [redacted:word]");
    expect(createRedactor([marks]).text(once)).toBe(once);
  });

  test("find in a long text what lies across its pieces", () => {
    for (let at = 28_000; at < 70_000; at += 1021) {
      const long = `${"😀 ".repeat(at / 3)}CORP-1234${" y".repeat(40_000)}`;
      expect(redactor.text(long)).toBe(long.replace("CORP-1234", "[redacted:corp]"));
    }
  });
});

/** Pieces that touch what is looked for. */
const WORDS = [
  "password",
  "token",
  "api_key",
  "Authorization",
  "Bearer ",
  "Basic ",
  "Cookie",
  "--password ",
  "secret",
  "=",
  ": ",
  ":",
  "=> ",
  '"',
  "'",
  "\\",
  '\\"',
  "`",
  " ",
  "\n",
  "\\n",
  ",",
  ";",
  "&",
  "@",
  "://",
  "/",
  "-",
  "_",
  "[redacted:",
  "[redacted:x]",
  "]",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "~",
  "8Q~",
  "hunter2!",
  "abc",
  "12345678",
  "a1B2c3D4e5F6g7H8i9J0a1B2",
  "YWRtaW46aHVudGVyMg==",
  "session=abcdef12",
  "\u001b[32m",
  "\u001b[0m",
  "\\u001b[1m",
  "\\u0022",
  "%20",
  "%3D",
  "\u001b(B",
  "pass",
  "DB_PASS",
  "JWT_KEY",
  "name",
  "value",
  "<password>",
  "</password>",
  "machine h.a login b password ",
  "curl -u ",
  "sshpass -p ",
  "mysql -p",
  "{",
  "[",
  "$",
  "|\n  ",
  "${X}",
  "#",
  "😀",
  "ü",
];
const PIECES = [...WORDS, ...TOKEN_CASES.map(([, token]) => token)];
const Text = fc.oneof(
  fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })), { maxLength: 14 }).map((p) => p.join("")),
  fc.string({ unit: "binary" }),
);

describe("whatever is given", () => {
  test("redacting once more changes nothing", () => {
    fc.assert(
      fc.property(Text, (given) => {
        const once = text(given);
        expect(text(once)).toBe(once);
      }),
      { numRuns: 10_000 },
    );
  });

  test("redacting JSON once more changes nothing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(Text, fc.oneof(Text, fc.array(Text))), (any, texts) => {
        const once = json([any, texts]);
        expect(json(once)).toBe(once);
      }),
      { numRuns: 800 },
    );
  });

  test("a text in steps is the same as at once, and stays well-formed", () => {
    fc.assert(
      fc.property(Text, fc.nat(40_000), (given, length) => {
        const long = `${"plan ".repeat(length / 5)}${given}`;
        expect(toEnd(inSteps(long))).toBe(text(long));
        if (given.isWellFormed()) expect(text(given).isWellFormed()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

/** 200 KB of each: what would take minutes if anything were walked over twice. */
const TRIGGERS = [
  ...TOKEN_CASES.map(([, token]) => `${token.slice(0, 8)} `),
  ...WORDS,
  "eyJ-",
  "eyJa.eyJ",
  "eyJaaaaaaaaaa.",
  "sk-",
  "sk-a",
  '"token="',
  "password='\"",
  'password="\\',
  'token=\\"',

  "password: x ",
  "password=",
  "Bearer a1",
  "Basic a",
  "://a:",
  "://a:b",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----\n",

  `-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}\n`,
  "Cookie: a=bcdefgh",
  "8Q~8Q~",
  "[redacted:",
  "\\\\",
  "------",
  "\u001b[",
  "\u001b[0m",
  "\u001b[0m=",
  `\u001b[${"3;".repeat(15)}m`,
  `PASSWORD${"\u001b[0m".repeat(12)}=`,
  `PASSWORD=${" ".repeat(60)}`,
  `${"3".repeat(30)}m=`,
  `${" ".repeat(63)}=`,
  "\\u001b[0mghp_",
  "\\u0022=",
  "m".repeat(60) + "_pass=",
  "%3D",
  "token%3D",
  "\\u003d",
  "name:",
  "name: password ",
  "name=password\n",
  '"name":"password","value":"',
  `name: password${" ".repeat(39)}`,
  "password:{",
  `password:{${" ".repeat(39)}`,
  '"password":\n\n',
  "password: |\n  ",
  "password: |",
  "password=<a",
  "password=${a",
  "password={{a",
  `password=$(${"a".repeat(199)}`,
  "password='a ",
  "PASSWORD='a ",
  '["password","',
  '[["password",',
  "[[[[",
  `("token", `,
  '"--password","',
  "-password",
  `-${"a-".repeat(20)}`,
  "-u a:",
  "-u curl:",
  `curl ${"x".repeat(390)} -u a:`,
  "-p ",
  "-px",
  "mysql -p",
  "login -p ",
  "<a>",
  "<password>a",
  `<password ${"a".repeat(199)}`,
  "login a ",
  "login a password ",
  `login ${"a".repeat(128)}`,
  "12345678:AA",
  ":AA",
  "MTaaaaaaaaaaaaaaaaaaaaaaaa.",
  "discord.com/api/webhooks/1",
  "ghs_1_eyJ",
];

/** Where the patterns are. */
const FILES = [
  "escapes",
  "json-names",
  "redact",
  "secret-assignment",
  "secret-names",
  "secret-patterns",
  "secret-scan",
  "secret-shapes",
  "secret-starts",
  "secret-values",
];

describe("linear time", () => {
  test("every repeat of every pattern has a bound", async () => {
    const sources = TOKENS.flatMap(({ least, rest }) => [least.source, rest.source]);
    sources.push(CONTROL.source);
    for (const file of FILES) {
      const code = await Bun.file(`${import.meta.dir}/../../src/domain/${file}.ts`).text();
      for (const [, source] of code.matchAll(
        /(?<=[=(,:?] ?|\s)\/((?:\[(?:\\.|[^\]\\\n])*\]|\\.|[^/\\\n[*])(?:\[(?:\\.|[^\]\\\n])*\]|\\.|[^/\\\n[])*)\/[a-z]*(?=[;,.)\s\]])/g,
      )) {
        sources.push(source!);
      }
    }
    expect(sources.length).toBeGreaterThan(120);
    for (const source of sources) {
      const plain = source.replaceAll(/\\./g, "_").replaceAll(/\[[^\]]*\]/g, "C");
      expect({ source, unbounded: /[*+]|\{\d+,\}/.test(plain) && !/^(?:=|\?\?)\+\$$/.test(plain) }).toEqual({
        source,
        unbounded: false,
      });
    }
  });

  test.each(TRIGGERS.map((trigger) => ({ trigger, what: shown(trigger) })))("200 KB of $what", ({ trigger }) => {
    const long = trigger.repeat(Math.ceil(200_000 / trigger.length));
    const redacted = text(`${long}\n#password=hunter2!`);
    expect(redacted).toEndWith("password=[redacted:password]");
    const short = text(long.slice(0, 2000));
    expect(text(short)).toBe(short);
  });

  test("a user's pattern that matches everywhere gives way again and again, and so do many keys", () => {
    const any: ExtraPattern = { kind: "any", find: (given, from) => ({ from, to: Math.min(from + 1, given.length) }) };
    const steps = (redactor: Redactor, value: unknown) => {
      let count = 0;
      for (const work = redactor.inSteps(value); !work.next().done;) count += 1;
      return count;
    };
    expect(steps(createRedactor([any]), "x".repeat(50_000))).toBeGreaterThan(50_000 / 300);
    expect(
      steps(
        createRedactor([any]),
        Array.from({ length: 1000 }, () => "x".repeat(50)),
      ),
    ).toBeGreaterThan(10);
    const keys = Array.from({ length: 20_000 }, (_, at) => [`ghp_${String(at).padStart(36, "0")}`, at]);
    const given = Object.fromEntries(keys) as Record<string, number>;
    expect(steps(createRedactor(), given)).toBeGreaterThan(20);
    expect(Object.keys(json(given) as object).at(-1)).toBe("[redacted:github_token] (20000)");
  });

  test("a long value gives way again and again", () => {
    let steps = 0;
    for (const work = inSteps(["plan ".repeat(200_000), { ["k".repeat(1_000_000)]: [] }]); !work.next().done;)
      steps += 1;
    expect(steps).toBeGreaterThan(50);
  });
});
