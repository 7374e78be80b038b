/** A value of a metric, with its labels. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Metrics by name. */
export type Metrics = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" };

/** Reads Prometheus' text format 0.0.4; what is no sample is passed over. */
export function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const samples = metrics.get(name) ?? [];
    if (samples.length === 0) metrics.set(name, samples);
    samples.push({ labels: labelsOf(labels), value: numberOf(value!) });
  }
  return metrics;
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name, value]) => [
      name!,
      value!.replaceAll(/\\(.)/g, (all, mark: string) => ESCAPED[mark] ?? all),
    ]),
  );
}

function numberOf(text: string): number {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** The sum of a metric's samples, of those with these labels; null where there is none. */
export function sumOf(metrics: Metrics, name: string, labels: Readonly<Record<string, string>> = {}): number | null {
  const samples = (metrics.get(name) ?? []).filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return samples.length === 0 ? null : samples.reduce((sum, { value }) => sum + value, 0);
}

/** Sums by a label, the largest first. */
export function sumsBy(metrics: Metrics, name: string, keyOf: (sample: Sample) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const sample of metrics.get(name) ?? []) {
    const key = keyOf(sample);
    sums.set(key, (sums.get(key) ?? 0) + sample.value);
  }
  return [...sums].toSorted(([, one], [, other]) => other - one);
}
