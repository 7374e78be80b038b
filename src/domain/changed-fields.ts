/** The fields of a command that differ from what is stored: a PATCH that changes nothing writes nothing. */
export function changedFields<Row extends object, Command extends { [Key in keyof Command]?: unknown }>(
  row: Row,
  command: Command,
): Partial<Row> {
  const changed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(command)) {
    if (value === undefined) continue;
    if (!Bun.deepEquals(row[key as keyof Row], value)) changed[key] = value;
  }
  return changed as Partial<Row>;
}
