const PLACEHOLDER = /\{\{([^{}\n]*)\}\}/g;

/**
 * Puts values into a template where it says `{{name}}`, as they are: who calls encodes them. A placeholder without a
 * value throws, and so does a value without a placeholder: a template and its values cannot drift apart.
 */
export function render(template: string, values: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(values));
  const text = template.replaceAll(PLACEHOLDER, (placeholder, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`the template's ${placeholder} has no value`);
    unused.delete(name);
    return values[name]!;
  });
  if (unused.size > 0) throw new Error(`the template has no place for ${[...unused].join(", ")}`);
  return text;
}
