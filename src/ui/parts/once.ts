/** What is costly to make and not always needed, such as a formatter of `Intl`: made when it is first asked for. */
export function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
