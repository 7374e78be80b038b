import { expect, test } from "bun:test";
import { ApiError, UnreachableError } from "#src/client/client.ts";
import { dependentsOf, refusalOf, sayDependents } from "#src/ui/definitions/faults.ts";

const error = (status: number, more: object) => new ApiError({ status, title: "t", detail: "why", ...more });

test("what the server says of fields stands at the fields", () => {
  const errors = [
    { pointer: "/name", detail: "too long" },
    { pointer: "/name", detail: "no NUL" },
    { pointer: "/config/a/0", detail: "numbers must be finite" },
  ];
  expect(refusalOf(error(422, { errors }))).toEqual({
    fields: { name: "too long; no NUL", config: "/a/0: numbers must be finite" },
    error: null,
    takenBy: null,
  });
});

test("what it says of something else stands above the form", () => {
  const refused = error(422, {
    errors: [
      { pointer: "/name", detail: "a" },
      { pointer: "", detail: "b" },
    ],
  });
  expect(refusalOf(refused)).toEqual({ fields: { name: "a" }, error: refused, takenBy: null });
  const forbidden = error(403, {});
  expect(refusalOf(forbidden)).toEqual({ fields: {}, error: forbidden, takenBy: null });
  const gone = new UnreachableError("nothing listens there");
  expect(refusalOf(gone)).toEqual({ fields: {}, error: gone, takenBy: null });
});

test("a name that is taken is about the name, and tells whose it is", () => {
  expect(refusalOf(error(409, { id: "d2" }))).toEqual({ fields: { name: "why" }, error: null, takenBy: "d2" });
});

test("what hangs on a definition is read from the conflict", () => {
  const numbers = { agents: 3, workflows: 1, alive_agents: 1, alive_workflows: 0 };
  expect(dependentsOf(error(409, numbers))).toEqual({ agents: 3, workflows: 1, aliveAgents: 1, aliveWorkflows: 0 });
  expect(dependentsOf(error(409, { agents: 3, workflows: 0 }))?.aliveAgents).toBe(0);
  expect(dependentsOf(error(409, {}))).toBeNull();
  expect(dependentsOf(error(403, numbers))).toBeNull();
  expect(dependentsOf(new UnreachableError("gone"))).toBeNull();
});

test("numbers are told with their nouns", () => {
  expect([sayDependents(1, 2), sayDependents(3, 0), sayDependents(0, 1), sayDependents(0, 0)]).toEqual([
    "1 runtime agent and 2 workflows",
    "3 runtime agents",
    "1 workflow",
    "nothing",
  ]);
});
