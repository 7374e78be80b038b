import type { OrchestratorAgent, UpdateOrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { flatJson, jsonText } from "#src/ui/parts/json-text.ts";

export const FIELDS = [
  "name",
  "agent_type",
  "default_model",
  "description",
  "capabilities",
  "config",
  "metadata",
] as const;
export type Field = (typeof FIELDS)[number];
/** What is typed into the form; nothing is empty text. */
export type Draft = Readonly<Record<Field, string>>;
/** What is wrong, by the field it is in. */
export type Faults = Readonly<Partial<Record<Field, string>>>;

/** A form that is being filled in. */
export type Editing = {
  /** What it is to change: as it was read last. */
  readonly base: Draft;
  readonly draft: Draft;
  /** Fields that somebody else has changed meanwhile. */
  readonly changed: readonly Field[];
};

const JSON_FIELDS: ReadonlySet<Field> = new Set<Field>(["config", "metadata"]);
const OPTIONAL: ReadonlySet<Field> = new Set<Field>(["default_model", "description", "capabilities"]);

const EMPTY: Draft = {
  name: "",
  agent_type: "",
  default_model: "",
  description: "",
  capabilities: "",
  config: "",
  metadata: "",
};

export function startEditing(base: Draft = EMPTY): Editing {
  return { base, draft: base, changed: [] };
}

/** What somebody has typed into a field. */
export function withField(editing: Editing, field: Field, text: string): Editing {
  return { ...editing, draft: { ...editing.draft, [field]: text } };
}

/** A definition as the form shows it. */
export function draftOf(row: OrchestratorAgent): Draft {
  return {
    name: row.name,
    agent_type: row.agent_type,
    default_model: row.default_model ?? "",
    description: row.description ?? "",
    capabilities: row.capabilities ?? "",
    config: asText(row.config),
    metadata: asText(row.metadata),
  };
}

function asText(value: unknown): string {
  return value === null || value === undefined ? "" : jsonText(value);
}

/** Whether two texts of a field mean the same. */
function isSame(field: Field, one: string, other: string): boolean {
  return one === other || (JSON_FIELDS.has(field) && canonical(one) === canonical(other));
}

function canonical(text: string): string {
  try {
    return text.trim() === "" ? "" : flatJson(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Fields in which the form says something else than what it began with. */
export function editedFields({ base, draft }: Editing): Field[] {
  return FIELDS.filter((field) => !isSame(field, base[field], draft[field]));
}

/** The edited fields as the API takes them, or what is wrong with them; the rest is the API's to judge. */
export function readDraft(editing: Editing): { readonly body: UpdateOrchestratorAgent } | { readonly faults: Faults } {
  const body: Record<string, unknown> = {};
  const faults: Partial<Record<Field, string>> = {};
  for (const field of editedFields(editing)) {
    const text = editing.draft[field];
    if (!JSON_FIELDS.has(field)) body[field] = text === "" && OPTIONAL.has(field) ? null : text;
    else {
      try {
        body[field] = text.trim() === "" ? null : JSON.parse(text);
      } catch (error) {
        faults[field] = `This is not JSON: ${(error as Error).message}`;
      }
    }
  }
  return Object.keys(faults).length > 0 ? { faults } : { body };
}

/** What becomes of a form when what it is to change has changed: what was typed stays, the rest follows. */
export function mergeTheirs(editing: Editing, theirs: Draft): Editing {
  const { base, draft } = editing;
  const moved = FIELDS.filter((field) => !isSame(field, base[field], theirs[field]));
  if (moved.length === 0) return editing;
  const edited = editedFields(editing);
  const news = new Set(moved.filter((field) => !isSame(field, draft[field], theirs[field])));
  const changed = FIELDS.filter((field) => editing.changed.includes(field) || news.has(field));
  const next = draftBy((field) => (edited.includes(field) ? draft[field] : theirs[field]));
  // Where nothing was typed it is no news: the form just shows it.
  return { base: theirs, draft: next, changed: edited.length === 0 ? [] : changed };
}

/** What becomes of a form that was saved. @param sent what was saved; more may have been typed since */
export function afterSave(editing: Editing, sent: Draft, saved: Draft): Editing {
  const draft = draftBy((field) => (editing.draft[field] === sent[field] ? saved[field] : editing.draft[field]));
  return { base: saved, draft, changed: [] };
}

function draftBy(textOf: (field: Field) => string): Draft {
  return Object.fromEntries(FIELDS.map((field) => [field, textOf(field)])) as Record<Field, string>;
}
