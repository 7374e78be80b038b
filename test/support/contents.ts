import { readdirSync, readFileSync, statSync } from "node:fs";
import type { TestFolder } from "./folder.ts";

/** Every file of a folder with the SHA-256 of what it holds. */
export function contents(folder: TestFolder): Record<string, string> {
  const names = (readdirSync(folder.path, { recursive: true }) as string[]).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const path = folder.file(name);
      if (!statSync(path).isFile()) return [name, "no file"];
      return [name, new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex")];
    }),
  );
}
