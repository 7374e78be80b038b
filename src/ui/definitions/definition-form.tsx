import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AGENT_TYPES } from "#src/domain/vocabulary.ts";
import { type ControlAttributes, Field } from "#src/ui/parts/field.tsx";
import type { Draft, Faults, Field as FieldName } from "./draft.ts";

type Props = {
  readonly draft: Draft;
  readonly faults: Faults;
  readonly onInput: (field: FieldName, text: string) => void;
  readonly onSubmit: () => void;
  /** What stands above and below the fields. */
  readonly above?: ComponentChildren;
  readonly children: ComponentChildren;
};

/** The fields of a definition, each with what the server says of it. */
export function DefinitionForm({ draft, faults, onInput, onSubmit, above, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);
  const bind = (field: FieldName, attributes: ControlAttributes) => ({
    ...attributes,
    name: field,
    value: draft[field],
    spellcheck: false,
    autocomplete: "off",
    dir: "auto" as const,
    onInput: (event: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      onInput(field, event.currentTarget.value),
  });
  return (
    <form
      ref={form}
      class="definition-form"
      // The server says what is wrong, in its own words and at the field.
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {above}
      <div class="definition-fields">
        <Field label="Name" error={faults.name}>
          {(attributes) => <input {...bind("name", attributes)} aria-required="true" />}
        </Field>
        <Field label="Type" hint="Any lower-case word; agents are grouped by it" error={faults.agent_type}>
          {(attributes) => (
            <>
              <input {...bind("agent_type", attributes)} list="definition-types" aria-required="true" />
              <datalist id="definition-types">
                {AGENT_TYPES.map((type) => (
                  <option key={type} value={type} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label="Default model" hint="Such as claude-sonnet-4-5" error={faults.default_model}>
          {(attributes) => <input {...bind("default_model", attributes)} />}
        </Field>
        <Field label="Capabilities" hint="Separated by commas" error={faults.capabilities}>
          {(attributes) => <input {...bind("capabilities", attributes)} />}
        </Field>
      </div>
      <Field label="Description" error={faults.description}>
        {(attributes) => <textarea {...bind("description", attributes)} rows={3} />}
      </Field>
      <div class="definition-fields">
        <Field
          label="Config (JSON)"
          hint={
            <>
              <code>{'{ "max_cost_usd": 10 }'}</code> is a budget in US dollars
            </>
          }
          error={faults.config}
        >
          {(attributes) => <textarea {...bind("config", attributes)} class="code" rows={6} />}
        </Field>
        <Field label="Metadata (JSON)" hint="Anything else that is to be known" error={faults.metadata}>
          {(attributes) => <textarea {...bind("metadata", attributes)} class="code" rows={6} />}
        </Field>
      </div>
      {children}
    </form>
  );
}
