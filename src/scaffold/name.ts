import { quoted } from "./quoted.ts";

const MAX_LENGTH = 100;
const ALLOWED = 'letters, digits, "-", "_" and "."';

/** Names of devices on Windows, whatever follows them after a dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
/** Folders that tools, or the project itself, keep for something else. */
const TAKEN = /^(node_modules|\.git|orchestrator_web)$/i;

const FALLBACK = "project";

/** What is wrong with a project's name, and what would be right, in one line; null when nothing is. */
export function nameFault(name: string): string | null {
  const fault = faultOf(name);
  return fault === null ? null : `the name ${quoted(name)} ${fault}`;
}

function faultOf(name: string): string | null {
  if (name === "") return `is empty: use 1 to ${MAX_LENGTH} ${ALLOWED}, such as my-project`;
  if (DEVICE.test(name)) return "is a device on Windows: choose another";
  if (TAKEN.test(name)) return "is kept for something else: choose another";
  const wrong = /[^A-Za-z0-9_.-]/u.exec(name);
  if (wrong !== null) return `holds ${quoted(wrong[0])}: use ${ALLOWED} only`;
  if (!/^[A-Za-z0-9]/.test(name)) return `begins with ${quoted(name[0]!)}: begin with a letter or digit`;
  if (name.endsWith(".")) return 'ends with ".": end with a letter or digit';
  if (name.includes("..")) return 'holds "..": use single dots';
  if (name.length > MAX_LENGTH) return `is ${name.length} characters long: use at most ${MAX_LENGTH}`;
  return null;
}

/** A name that can be used, as near as possible to that of a folder: `My App!` becomes `my-app`. */
export function toPortableName(folder: string): string {
  if (nameFault(folder) === null) return folder;
  const name = trim(
    folder
      // Letters without their accents, so that they are not lost with them.
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.]+/g, "-")
      .replaceAll(/\.{2,}/g, "."),
  );
  if (name === "") return FALLBACK;
  return nameFault(name) === null ? name : trim(`${FALLBACK}-${name}`);
}

function trim(name: string): string {
  return name
    .replace(/^[-_.]+/, "")
    .slice(0, MAX_LENGTH)
    .replace(/[-_.]+$/, "");
}
