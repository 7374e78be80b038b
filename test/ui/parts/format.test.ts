import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
/** As in the browser of a German: what names no locale takes his. */
const ABROAD = `
  const made = [];
  for (const name of ["NumberFormat", "DateTimeFormat"]) {
    Intl[name] = new Proxy(Intl[name], {
      construct: (of, [locale = "de-DE", options]) => (made.push(locale), Reflect.construct(of, [locale, options])),
    });
  }
  const format = await import("#src/ui/parts/format.ts");
  const { formatAmong } = await import("#src/ui/costs/words.ts");
  await import("#src/ui/parts/time.tsx");
  await import("#src/ui/logs/log-time.tsx");
`;

function say(script: string): string {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", `${ABROAD}${script}`], { cwd: ROOT });
  return (stdout.toString() + stderr.toString()).trim();
}

test("numbers are those of the page's English, whatever the browser speaks", () => {
  const numbers = `format.formatCount(1234567), format.formatMany(1200, "prompt"), format.formatShort(1234),
    format.formatUsd(1234.5), formatAmong(2000)(1000)`;
  expect(say(`console.log([${numbers}].join(" "));`)).toBe("1,234,567 1,200 prompts 1.2K $1,234.50 $1,000.00");
});

test("a formatter is made when it is first needed, and once", () => {
  const script = `const before = made.length;
    for (const count of [1, 2]) format.formatCount(count);
    console.log(before, made.join());`;
  expect(say(script)).toBe("0 en-US");
});
