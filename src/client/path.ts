/** Whether an id can stand in a URL: these mean the path itself or the one above, even when they are encoded. */
export function isAddressable(id: string): boolean {
  return !["", ".", ".."].includes(id);
}

/** The path of one row. Throws `TypeError` for an id that cannot stand in a URL. */
export function at(path: string, id: string): string {
  if (!isAddressable(id)) throw new TypeError(`"${id}" cannot stand in a URL as an id`);
  return `${path}/${encodeURIComponent(id)}`;
}
