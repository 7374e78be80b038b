/** What is under way may take so long to end, and to put things in order. */
const ENDING_MS = 3_000;

/** Waits for work, but not for long once the signal has aborted: whatever it waits for may never come. */
export async function soonAfter(signal: AbortSignal, work: Promise<void>, endingMs = ENDING_MS): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    timer = setTimeout(resolve, endingMs);
  };
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", begin);
  }
}
