/** A text as YAML: the way JSON writes it, which YAML reads as the same. */
export function yamlText(text: string): string {
  return JSON.stringify(text);
}

/** Texts by name as the lines of a block, two spaces deep. */
export function yamlBlock(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, text]) => `  ${key}: ${yamlText(text)}`)
    .join("\n");
}
