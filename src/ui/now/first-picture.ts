import { useEffect, useMemo, useState } from "preact/hooks";
import { GROUPS, type Grouped } from "./groups.ts";

type Cards = Grouped["cards"];
type Writable = { -readonly [Group in keyof Cards]: Cards[Group] };

/** As many as a large screen shows. */
const IN_FIRST_PICTURE = 24;

/** The cards that stand first on the page, so many of all groups together. */
export function firstOf(cards: Cards, most: number): Cards {
  let left = most;
  const first: Writable = { ...cards };
  for (const group of GROUPS) {
    first[group] = cards[group].slice(0, left);
    left -= first[group].length;
  }
  return first;
}

let wasDrawn = false;

/** When the page is opened, what its first picture shows, and all with the next: nobody waits for what is out of sight. */
export function useShownCards(cards: Cards): Cards {
  const [isWhole, setWhole] = useState(wasDrawn);
  useEffect(() => {
    wasDrawn = true;
    setWhole(true);
  }, []);
  return useMemo(() => (isWhole ? cards : firstOf(cards, IN_FIRST_PICTURE)), [cards, isWhole]);
}
