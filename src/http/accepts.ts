/**
 * How much a client wants a type or coding, by a header as `Accept` or `Accept-Encoding` has it (RFC 9110, 12.4.2): 0 to 1, by
 * the most specific of its ranges that fits; null when none does.
 *
 * @param ranges those that fit, the most specific first: `["text/html", "text/*", "*\/*"]`
 */
function qualityOf(header: string | null | undefined, ranges: readonly string[]): number | null {
  const asked = new Map(
    (header ?? "").split(",").map((part): [string, number] => {
      const [range = "", ...parameters] = part.toLowerCase().split(";");
      const weight = parameters.map((parameter) => /^\s*q\s*=\s*([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
      return [range.trim(), weight === undefined ? 1 : Number(weight)];
    }),
  );
  const range = ranges.find((each) => asked.has(each));
  return range === undefined ? null : asked.get(range)!;
}

/** Whether a browser asks, to show a page: it wants HTML more than JSON. */
export function prefersPage(accept: string | null): boolean {
  const html = qualityOf(accept, ["text/html", "text/*", "*/*"]) ?? 0;
  const json = qualityOf(accept, ["application/json", "application/*", "*/*"]) ?? 0;
  return html > json;
}

export function takesGzip(acceptEncoding: string | null | undefined): boolean {
  return (qualityOf(acceptEncoding, ["gzip", "x-gzip", "*"]) ?? 0) > 0;
}
