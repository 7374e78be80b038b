import { type Component, type FunctionComponent, h } from "preact";

/** Draws a component again only when what it is given has changed: by identity, unless `isSame` knows better. */
export function memo<Props extends object>(
  Draw: FunctionComponent<Props>,
  isSame: (before: Readonly<Props>, after: Readonly<Props>) => boolean = areIdentical,
): FunctionComponent<Props> {
  function Memo(this: Component<Props>, props: Props) {
    this.shouldComponentUpdate = (next) => !isSame(this.props, next);
    return h(Draw, props);
  }
  return Memo as FunctionComponent<Props>;
}

function areIdentical(before: object, after: object): boolean {
  const names = Object.keys(after) as (keyof object)[];
  return names.length === Object.keys(before).length && names.every((name) => before[name] === after[name]);
}
