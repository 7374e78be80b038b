/** Where a match of the sticky pattern that begins there ends; -1 for none. */
export function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Goes on while the pattern matches. Whoever asks takes what was walked over, so that nothing is walked twice. */
export function endOfRun(pattern: RegExp, text: string, at: number): number {
  let end = at;
  for (let next = end; next !== -1; next = endOfMatch(pattern, text, end)) end = next;
  return end;
}
