/** `--quick`: fewer and shorter rounds, to see that a scenario runs. Its figures are shown, not kept in RESULTS.md. */
export const QUICK = process.argv.includes("--quick");

/** The one in a full run, the other with `--quick`. */
export function effort<Value>(full: Value, quick: Value): Value {
  return QUICK ? quick : full;
}

/** `--sizes=10000,1000000`: agent logs in the databases of the large scenarios, instead of their own. */
export const GIVEN_SIZES = process.argv
  .find((word) => word.startsWith("--sizes="))
  ?.slice("--sizes=".length)
  .split(",")
  .map(Number);
