import { useId } from "preact/hooks";

type Props<Value extends string> = {
  readonly label: string;
  readonly values: readonly Value[];
  /** None is all of them. */
  readonly chosen: readonly string[] | undefined;
  readonly error: string | undefined;
  readonly onChange: (values: readonly string[]) => void;
};

/** Any of a few. What is chosen and is none of them stays, to be taken away. */
export function ToggleSet<Value extends string>({ label, values, chosen = [], error, onChange }: Props<Value>) {
  const id = useId();
  const shown = [...new Set([...values, ...chosen.map((value) => matching(values, value))])];
  const isChosen = (value: string) => chosen.some((one) => matching(values, one) === value);
  function toggle(value: string): void {
    const others = chosen.filter((one) => matching(values, one) !== value);
    onChange(isChosen(value) ? others : [...others, value]);
  }
  return (
    <div role="group" aria-labelledby={id} class="logs-toggles">
      <span id={id}>{label}</span>
      {shown.map((value) => (
        <button key={value} type="button" aria-pressed={isChosen(value)} onClick={() => toggle(value)}>
          {value}
        </button>
      ))}
      {error === undefined ? null : (
        <span class="field-error" role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

/** Levels may be asked for in any case. */
function matching(values: readonly string[], given: string): string {
  return values.find((value) => value.toLowerCase() === given.toLowerCase()) ?? given;
}
