/** A walk through a value of JSON that may change it. What does not change is not copied. */
export type JsonWalk<Name> = {
  /** Goes to the next key, or value that nothing is in; false at the end. Each is to be `put` before the next. */
  next(): boolean;
  readonly value: unknown;
  /** What a value is called; null when it is nothing, and for a key. */
  readonly name: Name | null;
  /** Says what is to stand there. */
  put(value: unknown): void;
  readonly result: unknown;
};

/**
 * What the value there is called.
 * @param outer what the object or list is called itself
 * @param isInList whether that stands in a list
 */
export type Naming<Name> = (holder: object, key: string | number, outer: Name | null, isInList: boolean) => Name | null;

type Frame<Name> = {
  readonly source: object;
  /** Null for a list. */
  readonly keys: readonly string[] | null;
  readonly size: number;
  readonly name: Name | null;
  readonly isInList: boolean;
  index: number;
  /** What the present key is to be; null before it was put, and in a list. */
  renamed: string | null;
  /** From the first change on. */
  copy: Copy | null;
};

type Copy = {
  readonly values: Record<string, unknown> | unknown[];
  /** How often a key came that was taken already. */
  readonly again: Map<string, number>;
};

/** Without recursion: callers nest as deep as they like. */
export function startWalk<Name>(root: unknown, naming: Naming<Name>): JsonWalk<Name> {
  const bottom = frameOf<Name>([root], null, false);
  const nameAt = ({ source, keys, index, name, isInList }: Frame<Name>) =>
    naming(source, keys === null ? index : keys[index]!, name, isInList);
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
        const inner = frameOf(value, nameAt(top), top.keys === null && top !== bottom);
        if (inner.size === 0) return true;
        top = inner;
        frames.push(top);
      }
    },
    get value() {
      return value;
    },
    get name() {
      return isKey ? null : nameAt(top);
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

function settle(frame: Frame<unknown>, value: unknown): void {
  const { keys, renamed, index } = frame;
  const isSame = Object.is(value, valueAt(frame, index)) && (keys === null || keys[index] === renamed);
  if (!isSame) frame.copy ??= copyBefore(frame);
  if (frame.copy !== null) add(frame.copy, renamed, value);
  frame.index += 1;
  frame.renamed = null;
}

function frameOf<Name>(source: object, name: Name | null, isInList: boolean): Frame<Name> {
  const keys = Array.isArray(source) ? null : Object.keys(source);
  const size = keys?.length ?? (source as unknown[]).length;
  return { source, keys, size, name, isInList, index: 0, renamed: null, copy: null };
}

function valueAt({ source, keys }: Frame<unknown>, index: number): unknown {
  return keys === null ? (source as unknown[])[index] : (source as Record<string, unknown>)[keys[index]!];
}

function copyBefore(frame: Frame<unknown>): Copy {
  const { source, keys, index } = frame;
  if (keys === null) return { values: (source as unknown[]).slice(0, index), again: new Map() };
  const copy: Copy = { values: {}, again: new Map() };
  for (let at = 0; at < index; at += 1) add(copy, keys[at]!, valueAt(frame, at));
  return copy;
}

/** Two keys that became the same one keep their values apart. */
function add({ values, again }: Copy, key: string | null, value: unknown): void {
  if (Array.isArray(values)) {
    values.push(value);
    return;
  }
  let unique = key!;
  let count = again.get(key!) ?? 1;
  while (Object.hasOwn(values, unique)) unique = `${key} (${(count += 1)})`;
  if (count > 1) again.set(key!, count);
  if (unique !== "__proto__") values[unique] = value;
  else Object.defineProperty(values, unique, { value, enumerable: true, configurable: true, writable: true });
}

function finished({ source, copy }: Frame<unknown>): unknown {
  return copy === null ? source : copy.values;
}
