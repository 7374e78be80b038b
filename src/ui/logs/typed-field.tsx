import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Field } from "#src/ui/parts/field.tsx";

type Props = {
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  /** Told what stands in the field when no key was pressed for a moment, and at Enter. */
  readonly onType: (text: string, way: "typed" | "entered") => void;
  readonly hint?: string;
  readonly type?: "text" | "search";
  readonly placeholder?: string;
  readonly inputRef?: RefObject<HTMLInputElement | null>;
  /** What it offers, as a list of this id. */
  readonly options?: (id: string) => ComponentChildren;
};

const PAUSE_MS = 250;

/** A field that is read while one types, but not at every key. */
export function TypedField({
  label,
  value,
  error,
  onType,
  hint,
  type = "text",
  placeholder,
  inputRef,
  options,
}: Props) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  // Not the one of when it was typed: other filters may have changed since.
  const latest = useRef(onType);
  latest.current = onType;
  const list = useId();
  // Changed elsewhere: cleared, or another address.
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => text !== told.current && tell(text, "typed"), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  function tell(now: string, way: "typed" | "entered"): void {
    told.current = now;
    latest.current(now, way);
  }
  return (
    <Field label={label} error={error} {...(hint === undefined ? {} : { hint })}>
      {(attributes) => (
        <>
          <input
            {...attributes}
            {...(inputRef === undefined ? {} : { ref: inputRef })}
            {...(options === undefined ? {} : { list })}
            type={type}
            placeholder={placeholder}
            spellcheck={false}
            autoComplete="off"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") tell(text, "entered");
              else if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          {options?.(list)}
        </>
      )}
    </Field>
  );
}
