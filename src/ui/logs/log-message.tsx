import { AgentLine, plainText } from "#src/ui/parts/agent-text.tsx";
import { parseHighlight, startedNear } from "./highlight.ts";
import type { LogRow } from "./log-row.ts";

/** What a log says, on one line; of a search the part that was found. */
export function LogMessage({ message, highlight }: Pick<LogRow, "message" | "highlight">) {
  if (highlight === undefined) return <AgentLine text={message} />;
  return (
    <bdi dir="auto" class="agent-line">
      {startedNear(parseHighlight(highlight)).map(({ text, isMark }, index) => {
        const line = plainText(text).replaceAll(/\s+/g, " ");
        return isMark ? <mark key={index}>{line}</mark> : line;
      })}
    </bdi>
  );
}
