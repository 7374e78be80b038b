import { quoted } from "./quoted.ts";

type Offer = { readonly frameworks: readonly string[]; readonly packageManagers: readonly string[] };

const NODE_STACK = {
  frameworks: ["nextjs", "express", "nestjs", "hono", "react", "vue", "none"],
  packageManagers: ["pnpm", "npm", "yarn", "bun"],
} as const;

/** What can be combined. The package manager that stands first is taken when nobody asks for one. */
export const LANGUAGES = {
  python: {
    frameworks: ["fastapi", "django", "flask", "none"],
    packageManagers: ["uv", "poetry", "pip", "pipenv"],
  },
  typescript: NODE_STACK,
  javascript: NODE_STACK,
  go: { frameworks: ["gin", "echo", "none"], packageManagers: ["go"] },
  rust: { frameworks: ["axum", "actix", "none"], packageManagers: ["cargo"] },
  java: { frameworks: ["spring", "none"], packageManagers: ["maven", "gradle"] },
} as const satisfies Readonly<Record<string, Offer>>;

export type Language = keyof typeof LANGUAGES;
export type Framework = (typeof LANGUAGES)[Language]["frameworks"][number];
export type PackageManager = (typeof LANGUAGES)[Language]["packageManagers"][number];

export const ARCHITECTURES = ["simple", "layered", "ddd", "clean", "hexagonal"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** A combination that can be. */
export type Stack = {
  readonly language: Language;
  readonly framework: Framework;
  readonly packageManager: PackageManager;
  readonly architecture: Architecture;
};

/** What was asked for, as it was written. */
export type StackChoice = {
  readonly language: string;
  readonly framework?: string | undefined;
  readonly packageManager?: string | undefined;
  readonly architecture?: string | undefined;
};

/** A choice that cannot be; its message is one line that lists what can. */
export class StackError extends Error {
  override readonly name = "StackError";
}

/** Checks a choice and fills in what it left open. Throws `StackError`. */
export function resolveStack(choice: StackChoice): Stack {
  const language = pick("language", choice.language, Object.keys(LANGUAGES) as Language[]);
  const { frameworks, packageManagers }: Offer = LANGUAGES[language];
  return {
    language,
    framework: pick("framework", choice.framework ?? "none", frameworks as Framework[], language),
    packageManager: pick(
      "package manager",
      choice.packageManager ?? packageManagers[0]!,
      packageManagers as PackageManager[],
      language,
    ),
    architecture: pick("architecture", choice.architecture ?? "simple", ARCHITECTURES),
  };
}

function pick<Value extends string>(
  noun: string,
  wanted: string,
  offered: readonly Value[],
  language?: Language,
): Value {
  const found = offered.find((value) => value === wanted);
  if (found !== undefined) return found;
  const where = language === undefined ? "" : ` with ${language}`;
  throw new StackError(`${noun} ${quoted(wanted)} cannot be used${where}: ${offered.join(", ")} can`);
}
