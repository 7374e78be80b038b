import type { ApiDocument, Operation, Parameter } from "./document.ts";
import { type FuzzRequest, urlOf } from "./request-arbitrary.ts";
import { faultsOf } from "./schema-check.ts";

/** Why the document says that a request must not be accepted; null when it may be. */
export function isInvalidByDocument(
  { schemas }: ApiDocument,
  operation: Operation,
  request: FuzzRequest,
): string | null {
  const faults = queryFaults(operation, request.target);
  if (faults.length > 0) return faults.join("; ");
  // OTLP comes as protobuf too.
  if (operation.body === undefined || operation.path.startsWith("/v1/")) return null;
  const value = jsonOf(request.body);
  if (value === undefined) return "the body is no JSON";
  const [fault] = faultsOf(operation.body, value, schemas);
  // What agents tell elsewhere is mended, not refused.
  const isMended = !operation.path.startsWith("/api/");
  return fault ?? (isMended || isStorable(value) ? null : "NUL, an unpaired surrogate or an infinite number");
}

/** What no body may hold, wherever it stands: no schema can say so. */
function isStorable(root: unknown): boolean {
  const pending = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) return false;
    if (typeof value === "number" && !Number.isFinite(value)) return false;
    if (typeof value === "object" && value !== null) pending.push(...Object.keys(value), ...Object.values(value));
  }
  return true;
}

function jsonOf(body: FuzzRequest["body"]): unknown {
  if (body === undefined) return undefined;
  try {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Only where the document names parameters: a few routes take any, against caches. */
function queryFaults({ parameters }: Operation, target: string): string[] {
  const known = new Map(parameters.filter((one) => one.in === "query").map((one) => [one.name, one]));
  if (known.size === 0) return [];
  const query = new URL(urlOf(target)).searchParams;
  return [...query.keys()].flatMap((name) => {
    const parameter = known.get(name);
    if (parameter === undefined) return [`unknown parameter ${name}`];
    const values = query.getAll(name);
    return values.length > 1 ? [`${name} is given twice`] : parameterFaults(parameter, values[0]!);
  });
}

function parameterFaults({ name, schema }: Parameter, text: string): string[] {
  const { type } = schema;
  const isNumber = type === "integer" || type === "number";
  const value = isNumber ? Number(text) : type === "boolean" ? parsedBoolean(text) : text;
  return faultsOf(schema, isNumber && text.trim() === "" ? text : value, {}, name);
}

function parsedBoolean(text: string): boolean | string {
  return text === "true" ? true : text === "false" ? false : text;
}
