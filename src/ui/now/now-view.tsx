import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { Status } from "#src/ui/parts/status.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { BOARD } from "#src/ui/store/board.ts";
import { useSource } from "#src/ui/store/use-store.ts";

export function NowView() {
  const slice = useSource(BOARD);
  return (
    <SliceView slice={slice} what="the agents">
      {(board) => (
        <ul class="cards">
          {[...board.values()].map((agent) => (
            <li key={agent.id} class="card">
              <AgentLine text={agent.name ?? agent.definition ?? agent.id} />
              <Status {...agent} />
              <Time at={agent.updated_at} as="ago" />
              {agent.last_log === null ? null : <AgentLine text={agent.last_log.message} />}
            </li>
          ))}
        </ul>
      )}
    </SliceView>
  );
}
