/** A file or document, under the path that the user gave. */
type NamedText = { readonly path: string; readonly text: string };

/** An answer to a question about the issue; it need not have a name. */
export type Clarification = { readonly name: string | null; readonly text: string };

/** Everything that may come into the context of a plan, in the order it was given. */
export type ContextMaterial = {
  readonly issue: string;
  readonly files: readonly NamedText[];
  readonly docs: readonly NamedText[];
  readonly clarifications: readonly Clarification[];
  readonly screenshots: readonly string[];
};

/** Names that were left out of each section, for the marks that say so. */
export type LeftOut = { readonly [Section in Exclude<keyof ContextMaterial, "issue">]: readonly string[] };

/** Writes the context as Markdown. A section without content is not there. */
export function writeContext(material: ContextMaterial, leftOut: Partial<LeftOut> = {}): string {
  const sections = [
    writeSection("Issue", [writeMarkdown(material.issue)]),
    writeSection("Clarifications", [
      ...material.clarifications.map(({ name, text }) => under(name, writeMarkdown(text))),
      markLeftOut("clarification", material.clarifications.length, leftOut.clarifications),
    ]),
    writeSection("Files", [
      ...material.files.map(({ path, text }) => under(path, writeFenced(text))),
      markLeftOut("file", material.files.length, leftOut.files),
    ]),
    writeSection("Documents", [
      ...material.docs.map(({ path, text }) => under(path, writeMarkdown(text))),
      markLeftOut("document", material.docs.length, leftOut.docs),
    ]),
    writeSection("Screenshots", [
      material.screenshots.map((path) => `- ${quoteName(path)}`).join("\n"),
      markLeftOut("screenshot", material.screenshots.length, leftOut.screenshots),
    ]),
  ].filter((section) => section !== "");
  return sections.length === 0 ? "" : `${sections.join("\n\n")}\n`;
}

function writeSection(title: string, blocks: readonly string[]): string {
  const written = blocks.filter((block) => block !== "");
  return written.length === 0 ? "" : [`# ${title}`, ...written].join("\n\n");
}

function under(name: string | null, block: string): string {
  if (name === null) return block;
  return block === "" ? `## ${quoteName(name)}` : `## ${quoteName(name)}\n\n${block}`;
}

/** Issues and the like, without the blank lines at their end; nothing where there is nothing else. */
function writeMarkdown(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === "" ? "" : writeFenced(trimmed, "markdown");
}

/** Nothing in the text can close its fence, and so nothing in it passes for a section of the context. */
function writeFenced(text: string, info = ""): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  return `${fence}${info}\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fence}`;
}

/** How long the names in one mark may be together. */
const MAX_NAMES_LENGTH = 200;

function markLeftOut(noun: string, shown: number, names: readonly string[] = []): string {
  if (names.length === 0) return "";
  const listed: string[] = [];
  let length = 0;
  for (const name of names) {
    length += name.length;
    if (length > MAX_NAMES_LENGTH) break;
    listed.push(quoteName(name));
  }
  const more = shown === 0 ? "" : " more";
  const counted = `${names.length.toLocaleString("en-US")}${more} ${noun}${names.length === 1 ? "" : "s"} left out`;
  if (listed.length === 0) return `[${counted}]`;
  const others = names.length - listed.length;
  return `[${counted}: ${listed.join(", ")}${others === 0 ? "" : ` and ${others.toLocaleString("en-US")} more`}]`;
}

/** A name on one line: as JSON if it has control characters (line breaks are), or would not be read back the same. */
export function quoteName(name: string): string {
  const isPlain = name !== "" && name === name.trim() && name.isWellFormed() && !name.startsWith('"');
  if (isPlain && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return name;
  // JSON leaves these as they are; some readers end a line at them.
  return JSON.stringify(name).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
