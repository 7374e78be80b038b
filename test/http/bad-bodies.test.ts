import { describe, expect, test } from "bun:test";
import type { ProblemCode } from "#src/domain/problem.ts";
import { type Command, COMMAND_ROWS, COMMANDS, type Field } from "#test/support/commands.ts";
import { expectRefused, JSON_TYPE } from "#test/support/refusal.ts";
import { prepare } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

const DEEP = 100_000;
const NUL = String.raw`"a\u0000b"`;
const LONE_HIGH = String.raw`"\ud800"`;
const LONE_LOW = String.raw`"x\udfffy"`;
const deep = (open: string, core: string, close: string) => `${open.repeat(DEEP)}${core}${close.repeat(DEEP)}`;
const textOf = (length: number) => JSON.stringify("x".repeat(length));

/** JSON texts that a field of this kind does not take. */
function wrongValues({ kind, max, nullable, nonEmpty }: Field): string[] {
  const none = nullable ? [] : ["null"];
  const tooLong = max === undefined ? [] : [textOf(max + 1)];
  const empty = nonEmpty ? ['""'] : [];
  const notText = ["5", "true", '{"a":1}'];
  switch (kind) {
    case "text":
    case "id":
      return [...none, ...notText, "[]", ...tooLong, ...empty, NUL, LONE_HIGH, LONE_LOW];
    case "list or text":
      return [...notText, ...tooLong, NUL, LONE_HIGH, "[1]", '[""]', `[${NUL}]`, '[["a"]]', "[null]"];
    case "json":
      return [
        NUL,
        LONE_HIGH,
        `{"a":[{"b":${NUL}}]}`,
        `[[${LONE_LOW}]]`,
        `{${NUL}:1}`,
        `{"a":{${LONE_HIGH}:1}}`,
        "1e999",
        '{"a":[-1e999]}',
        deep("[", "", "]"),
        deep('{"a":', "1", "}"),
        `${"[".repeat(101)}${"]".repeat(101)}`,
      ];
    case "count":
      return [...none, "-1", "1.5", '"1"', "true", "9007199254740993", "1e999", "[]"];
    case "usd":
      return [...none, "-0.01", '"1"', "1e999", "-1e999", "1e10", "{}"];
    case "choice":
      return ["null", '"nope"', '""', "5", '["completed"]', NUL];
    case "flag":
      return ["null", "1", '"true"', "[]"];
  }
}

/** The least body with one field more; a field that is there already is given twice, the last one counts. */
function withField({ least }: Command, field: string, value: string): string {
  const begin = JSON.stringify(least).slice(0, -1);
  return `${begin}${begin === "{" ? "" : ","}${JSON.stringify(field)}:${value}}`;
}

type BadBody = readonly [
  name: string,
  body: string | Uint8Array | undefined,
  code: ProblemCode,
  type?: Record<string, string>,
];

function badBodies(command: Command): BadBody[] {
  const valid = JSON.stringify(command.least);
  const bytes = (...values: readonly number[]) => new Uint8Array(values);
  return [
    ["no body", undefined, "malformed_json"],
    ["no body and no type", undefined, "malformed_json", {}],
    ["an empty body", "", "malformed_json"],
    ["blanks", "  \n", "malformed_json"],
    ["an open object", '{"name":', "malformed_json"],
    ["single quotes", "{'name':'x'}", "malformed_json"],
    ["a comma too many", '{"a":1,}', "malformed_json"],
    ["something behind the object", `${valid}x`, "malformed_json"],
    ["a comment", `/* c */ ${valid}`, "malformed_json"],
    ["NaN", '{"a":NaN}', "malformed_json"],
    ["a raw control character in a text", '{"a":"\n"}', "malformed_json"],
    ["many open brackets", "[".repeat(DEEP), "malformed_json"],
    ["a byte that is not UTF-8", bytes(0x7b, 0xff, 0x7d), "malformed_json"],
    ["a surrogate written in UTF-8", bytes(0x22, 0xed, 0xa0, 0x80, 0x22), "malformed_json"],
    ["UTF-16", new Uint8Array(Buffer.from(valid, "utf16le")), "malformed_json"],
    ["no content type", new TextEncoder().encode(valid), "unsupported_media_type", {}],
    ["text/plain", valid, "unsupported_media_type", { "Content-Type": "text/plain" }],
    ["a form", "name=x", "unsupported_media_type", { "Content-Type": "application/x-www-form-urlencoded" }],
    ["another charset", valid, "unsupported_media_type", { "Content-Type": "application/json; charset=latin1" }],
    ["almost JSON", valid, "unsupported_media_type", { "Content-Type": "application/jsonp" }],
    ["two types", valid, "unsupported_media_type", { "Content-Type": "application/json, text/plain" }],
    ["null", "null", "validation"],
    ["a text", '"x"', "validation"],
    ["a number", "1", "validation"],
    ["an infinite number", "1e999", "validation"],
    ["an array of arrays", "[[]]", "validation"],
    ["a deep array", deep("[", "", "]"), "validation"],
    ["an unknown field", withField(command, "colour", '"red"'), "validation"],
    ["a deep unknown field", withField(command, "colour", deep("[", "", "]")), "validation"],
    ["an unknown field named __proto__", withField(command, "__proto__", "{}"), "validation"],
    ["an unknown field with NUL in its name", withField(command, "a\0b", "1"), "validation"],
    ["a field that only the server sets", withField(command, "id", '"mine"'), "validation"],
    ["a time that only the server sets", withField(command, "created_at", '"2026-02-05"'), "validation"],
  ];
}

describe("a body that is not the JSON of its command is refused, and nothing is stored", () => {
  for (const command of COMMANDS) {
    test(`${command.method} ${command.path}`, async () => {
      await using app = await testApp();
      await prepare(app, COMMAND_ROWS);
      for (const [name, body, code, headers = JSON_TYPE] of badBodies(command)) {
        await expectRefused(app, { ...command, name, code, headers, ...(body === undefined ? {} : { body }) });
      }
    });
  }
});

describe("a field that holds what it does not take is pointed at, and nothing is stored", () => {
  for (const command of COMMANDS) {
    test(`${command.method} ${command.path}`, async () => {
      await using app = await testApp();
      await prepare(app, COMMAND_ROWS);
      for (const [field, spec] of Object.entries(command.fields)) {
        for (const value of wrongValues(spec)) {
          const name = `${field}: ${value.slice(0, 40)}`;
          const body = withField(command, field, value);
          const refused = { ...command, name, body, headers: JSON_TYPE, code: "validation" } as const;
          await expectRefused(app, { ...refused, pointer: `/${field}` });
        }
      }
    });
  }
});

describe("a required field must be there", () => {
  for (const command of COMMANDS.filter(({ least }) => Object.keys(least).length > 0)) {
    test(`${command.method} ${command.path}`, async () => {
      await using app = await testApp();
      await prepare(app, COMMAND_ROWS);
      for (const field of Object.keys(command.least)) {
        const body = JSON.stringify({ ...command.least, [field]: undefined });
        const refused = { ...command, name: `without ${field}`, body, headers: JSON_TYPE, code: "validation" } as const;
        await expectRefused(app, { ...refused, pointer: `/${field}` });
      }
    });
  }
});

test("the least body, and every field that may be null as null, is accepted", async () => {
  for (const command of COMMANDS) {
    await using app = await testApp();
    await prepare(app, COMMAND_ROWS);
    const nulls = Object.entries(command.fields).filter(([, { nullable }]) => nullable);
    for (const body of [
      command.least,
      { ...command.least, ...Object.fromEntries(nulls.map(([field]) => [field, null])) },
    ]) {
      // A second definition needs another name.
      const fresh = "name" in body && command.path === "/api/agents" ? { ...body, name: Bun.randomUUIDv7() } : body;
      const { status } = await app.call(command.method, command.path, fresh);
      expect({ command: `${command.method} ${command.path}`, status }).toMatchObject({
        status: command.method === "POST" ? 201 : 200,
      });
    }
  }
});

describe("a batch of logs", () => {
  const log = { agent_id: "id-2", log_type: "error", message: "m" };
  const cases = [
    ["an empty array", [], ""],
    ["1001 logs", Array.from({ length: 1001 }, () => log), ""],
    ["a log that is not an object", [log, "x"], "/1"],
    ["a log without its agent", [log, { ...log, agent_id: undefined }], "/1/agent_id"],
    ["an unknown field in one", [log, log, { ...log, colour: 1 }], "/2/colour"],
  ] as const;
  for (const [name, body, pointer] of cases) {
    test(`${name} is refused, and none of it is stored`, async () => {
      await using app = await testApp();
      await prepare(app, COMMAND_ROWS);
      const refused = { method: "POST", path: "/api/runtime/logs", headers: JSON_TYPE, code: "validation" } as const;
      await expectRefused(app, { ...refused, name, body: JSON.stringify(body), pointer });
    });
  }
});

test("JSON is taken under every name that means JSON in UTF-8", async () => {
  await using app = await testApp();
  const types = [
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/vnd.api+json",
  ];
  for (const type of types) {
    const body = JSON.stringify({ component: type, message: "m" });
    const { status } = await app.raw("/api/system/logs", { method: "POST", body, headers: { "Content-Type": type } });
    expect({ type, status }).toEqual({ type, status: 201 });
  }
});
