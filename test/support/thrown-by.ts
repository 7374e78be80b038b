/** The error that work throws, of the class it must be of; fails when it throws none or another. */
export function thrownBy<Thrown extends Error>(
  type: abstract new (...args: never[]) => Thrown,
  work: () => unknown,
): Thrown {
  try {
    work();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`expected a ${type.name}, and nothing was thrown`);
}
