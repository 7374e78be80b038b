import { nameOf } from "#src/ui/parts/agent-name.ts";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { memo } from "#src/ui/parts/memo.ts";
import { type Board, BOARD } from "#src/ui/store/board.ts";
import { useSource } from "#src/ui/store/use-store.ts";

/** A list that is offered is of no use when it is long. */
const MOST = 200;

type Props = { readonly id: string };

/** The agents of the board, to choose from. */
export function AgentOptions({ id }: Props) {
  return (
    <List
      id={id}
      options={useOptions((board) => [...board.values()].map((agent) => [agent.id, plainText(nameOf(agent))]))}
    />
  );
}

export function SessionOptions({ id }: Props) {
  return (
    <List
      id={id}
      options={useOptions((board) =>
        [...new Set([...board.values()].map((agent) => agent.session_id))].map((session) => [session, ""]),
      )}
    />
  );
}

type Option = readonly [value: string, label: string];

function useOptions(of: (board: Board) => Option[]): string {
  const { value: board } = useSource(BOARD);
  return JSON.stringify(board === undefined ? [] : of(board).slice(0, MOST));
}

/** Drawn anew only when another one is offered, and not with all that moves on the board. */
const List = memo(function List({ id, options }: Props & { readonly options: string }) {
  return (
    <datalist id={id}>
      {(JSON.parse(options) as Option[]).map(([value, label]) => (
        <option key={value} value={value} label={label === "" ? value : label} />
      ))}
    </datalist>
  );
});
