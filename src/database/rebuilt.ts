/** What a rebuild of the kept totals came to. */
export type Rebuilt = {
  /** Totals there are. */
  readonly totals: number;
  /** Totals that were not what the rows add up to. */
  readonly wrong: number;
};
