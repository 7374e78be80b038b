/** A file of a project: its place below the root, with slashes, and its mode where it is not the usual one. */
export type ProjectFile = { readonly path: string; readonly text: string; readonly mode?: number };

/** Gives a template by its path below `templates/`. */
export type ReadTemplate = (path: string) => string;
