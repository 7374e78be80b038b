import { useEffect, useRef } from "preact/hooks";
import { BOARD } from "#src/ui/store/board.ts";
import { serverNow } from "#src/ui/parts/server-time.ts";
import { useLink, useSource } from "#src/ui/store/use-store.ts";
import { createNewsReader } from "./news.ts";
import { tell } from "./notify.ts";
import { titleOf, useShownName } from "./use-title.ts";

/**
 * Watches the board whatever view is shown: the title of the page counts who waits, and news is told. Draws nothing, so
 * that the frame and its view are not drawn again with every change of an agent.
 */
export function Watchman({ title }: { readonly title: string }) {
  const { link, cut } = useLink();
  const { value: board, isLoading, error } = useSource(BOARD);
  const read = useRef(createNewsReader());
  const waiting = [...(board?.values() ?? [])].filter(({ status }) => status === "waiting").length;
  const name = useShownName();
  useEffect(() => {
    document.title = titleOf(waiting, name, title);
  }, [waiting, name, title]);
  useEffect(() => {
    tell(read.current({ board, isRead: !isLoading && error === null, link: link.state, cut }, serverNow()));
  }, [board, isLoading, error, link.state, cut]);
  return null;
}
