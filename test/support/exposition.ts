/** One metric of an exposition: its samples by the full line before the value, as it is written. */
export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Map<string, number>;
};

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
const SAMPLE = new RegExp(`^((${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})?) ([-+0-9.e]+|NaN|[+-]Inf)$`);

/** Reads text format 0.0.4 and throws at whatever a strict reader would: order, doubles, names, escapes, buckets. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line must end");
  const families = new Map<string, Family>();
  let help: RegExpExecArray | null = null;
  let family: Family | null = null;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("# HELP")) {
      help = matched(HELP, line);
      family = null;
    } else if (line.startsWith("#")) {
      const [, name, type] = matched(TYPE, line);
      if (help?.[1] !== name) throw new Error(`no HELP right before: ${line}`);
      if (families.has(name!)) throw new Error(`twice: ${line}`);
      family = { name: name!, help: help![2]!, type: type!, samples: new Map() };
      families.set(name!, family);
    } else addSample(family, line);
  }
  for (const one of families.values()) if (one.type === "histogram") checkBuckets(one);
  return families;
}

function matched(pattern: RegExp, line: string): RegExpExecArray {
  const found = pattern.exec(line);
  if (found === null) throw new Error(`not of the format: ${line}`);
  return found;
}

function addSample(family: Family | null, line: string): void {
  const [, key, name, , value] = matched(SAMPLE, line);
  const suffix = family?.type === "histogram" ? "(_bucket|_sum|_count)" : "";
  if (family === null || !new RegExp(`^${family.name}${suffix}$`).test(name!)) throw new Error(`whose: ${line}`);
  if (family.samples.has(key!)) throw new Error(`twice: ${line}`);
  family.samples.set(key!, Number(value!.replace("Inf", "Infinity")));
}

/** Of each set of labels: rising to `+Inf`, which is its count; and there is a sum. */
function checkBuckets({ name, samples }: Family): void {
  const series = new Map<string, { le: number; value: number }[]>();
  for (const [key, value] of samples) {
    const le = /[{,]le="([^"]+)"/.exec(key)?.[1];
    if (le === undefined) continue;
    const others = key.slice(`${name}_bucket`.length).replace(/(?<=[{,])le="[^"]+",?/, "");
    const labels = others === "{}" ? "" : others.replace(",}", "}");
    series.set(labels, [...(series.get(labels) ?? []), { le: Number(le.replace("Inf", "Infinity")), value }]);
  }
  for (const [labels, buckets] of series) {
    const rises = buckets.every(
      ({ le, value }, at) => at === 0 || (le > buckets[at - 1]!.le && value >= buckets[at - 1]!.value),
    );
    const total = buckets.at(-1)!;
    if (!rises || total.le !== Number.POSITIVE_INFINITY) throw new Error(`buckets do not rise: ${name}${labels}`);
    if (samples.get(`${name}_count${labels}`) !== total.value) throw new Error(`not its count: ${name}${labels}`);
    if (samples.get(`${name}_sum${labels}`) === undefined) throw new Error(`no sum: ${name}${labels}`);
  }
}

/** The value of one sample; 0 for one that is not there. */
export function valueOf(families: ReadonlyMap<string, Family>, sample: string): number {
  for (const { samples } of families.values()) if (samples.has(sample)) return samples.get(sample)!;
  return 0;
}
