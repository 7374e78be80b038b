import type { Attributes } from "./telemetry.ts";

/** Attributes that name a person, an account or a machine, or hold a command line, prompt and all: they are not kept. */
const PERSONAL =
  /^(user|enduser|organization|installation|host|process|terminal|client\.address)(\.|$)|^(auth_type|auth_mode)$/;

/** The attributes by name, without those that name a person. */
export function withoutPersonal(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries([...attributes].filter(([name]) => !PERSONAL.test(name)));
}
