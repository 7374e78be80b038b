/** A walk through a value of JSON that may change it. What does not change is not copied. */
export type JsonWalk = {
  /** Goes to the next key, or value that nothing is in; false at the end. Each is to be `put` before the next. */
  next(): boolean;
  readonly value: unknown;
  /** The key that a value stands under, through lists; null when there is none, and for a key. */
  readonly name: string | null;
  /** Says what is to stand there. */
  put(value: unknown): void;
  readonly result: unknown;
};

type Frame = {
  readonly source: object;
  /** Null for a list. */
  readonly keys: readonly string[] | null;
  readonly size: number;
  readonly name: string | null;
  index: number;
  /** What the present key is to be; null before it was put, and in a list. */
  renamed: string | null;
  /** From the first change on; a list has no keys. */
  copy: { readonly keys: string[]; readonly values: unknown[] } | null;
};

/** Without recursion: callers nest as deep as they like. */
export function startWalk(root: unknown): JsonWalk {
  const bottom = frameOf([root], null);
  const frames = [bottom];
  let top = bottom;
  let value: unknown;
  /** Whether it is at a key. */
  let isKey = false;

  return {
    next() {
      for (;;) {
        if (top.index === top.size) {
          if (top === bottom) return false;
          const done = finished(top);
          frames.pop();
          top = frames.at(-1)!;
          settle(top, done);
          continue;
        }
        isKey = top.keys !== null && top.renamed === null;
        value = isKey ? top.keys![top.index] : valueAt(top, top.index);
        if (typeof value !== "object" || value === null) return true;
        const inner = frameOf(value, nameOf(top));
        if (inner.size === 0) return true;
        top = inner;
        frames.push(top);
      }
    },
    get value() {
      return value;
    },
    get name() {
      return isKey ? null : nameOf(top);
    },
    put(given) {
      if (isKey) top.renamed = given as string;
      else settle(top, given);
    },
    get result() {
      return (finished(bottom) as unknown[])[0];
    },
  };
}

function settle(frame: Frame, value: unknown): void {
  const { keys, renamed, index } = frame;
  const isSame = Object.is(value, valueAt(frame, index)) && (keys === null || keys[index] === renamed);
  if (!isSame) frame.copy ??= copyBefore(frame);
  if (renamed !== null) frame.copy?.keys.push(renamed);
  frame.copy?.values.push(value);
  frame.index += 1;
  frame.renamed = null;
}

function frameOf(source: object, name: string | null): Frame {
  const keys = Array.isArray(source) ? null : Object.keys(source);
  const size = keys?.length ?? (source as unknown[]).length;
  return { source, keys, size, name, index: 0, renamed: null, copy: null };
}

function nameOf({ keys, index, name }: Frame): string | null {
  return keys === null ? name : keys[index]!;
}

function valueAt({ source, keys }: Frame, index: number): unknown {
  return keys === null ? (source as unknown[])[index] : (source as Record<string, unknown>)[keys[index]!];
}

function copyBefore(frame: Frame): NonNullable<Frame["copy"]> {
  const { source, keys, index } = frame;
  if (keys === null) return { keys: [], values: (source as unknown[]).slice(0, index) };
  return { keys: keys.slice(0, index), values: Array.from({ length: index }, (_, at) => valueAt(frame, at)) };
}

function finished({ source, keys, copy }: Frame): unknown {
  if (copy === null) return source;
  if (keys === null) return copy.values;
  const unique = uniqueKeys(copy.keys);
  return Object.fromEntries(copy.values.map((value, at) => [unique[at]!, value]));
}

/** Two keys that became the same one keep their values apart. */
function uniqueKeys(keys: readonly string[]): readonly string[] {
  const taken = new Set(keys);
  if (taken.size === keys.length) return keys;
  const seen = new Map<string, number>();
  return keys.map((key) => {
    let count = (seen.get(key) ?? 0) + 1;
    let unique = count === 1 ? key : `${key} (${count})`;
    while (count > 1 && taken.has(unique)) unique = `${key} (${(count += 1)})`;
    seen.set(key, count);
    taken.add(unique);
    return unique;
  });
}
