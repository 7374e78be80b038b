/** Now, in UTC milliseconds. Passed in, so that tests hold the time. */
export type Clock = () => number;

/** The clock of the machine. */
export const systemClock: Clock = () => Date.now();
