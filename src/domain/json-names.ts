import { type SecretName, secretName } from "./secret-names.ts";

const OF_VALUE = /^(?:parameter)?value$|^(?:plain|plaintext|raw)$/i;
const LABELS = ["name", "key", "Name", "Key", "header", "ParameterKey"];
const OPTION = /^--?([A-Za-z][\w-]{1,40})$/;

/**
 * What the value there is called: by its key, by the name beside it (`{"name": …, "value": …}`), by the key around it
 * (`{"password": {"value": …}}`), by the header or option before it in a list; through lists.
 * @param outer what the object or list is called itself
 * @param isInList whether that stands in a list
 */
export function nameInJson(
  holder: object,
  key: string | number,
  outer: SecretName | null,
  isInList: boolean,
): SecretName | null {
  if (typeof key === "number") return outer ?? nameInList(holder as readonly unknown[], key, isInList);
  // What was redacted says nothing of what stands there.
  if (key.includes("[redacted:")) return null;
  const own = secretName(key);
  if (own !== null || key.length > 16 || !OF_VALUE.test(key)) return own;
  for (const label of LABELS) {
    const beside = Object.hasOwn(holder, label) ? (holder as Record<string, unknown>)[label] : undefined;
    const name = typeof beside === "string" ? secretName(beside) : null;
    if (name !== null) return name;
  }
  // What is called a token is often one of a language.
  return outer?.isVague === undefined ? outer : null;
}

function nameInList(list: readonly unknown[], index: number, isInList: boolean): SecretName | null {
  const before = list[index - 1];
  const value = list[index];
  if (typeof before !== "string" || typeof value !== "string" || before.length > 64) return null;
  const option = OPTION.exec(before)?.[1];
  if (option !== undefined) return value.startsWith("-") ? null : secretName(option);
  if (!isInList || list.length !== 2) return null;
  const name = secretName(before);
  return name === null ? null : { ...name, isVague: true };
}
