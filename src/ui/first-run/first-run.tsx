import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { CopyButton } from "#src/ui/parts/copy-button.tsx";
import { useStore } from "#src/ui/store/use-store.ts";
import {
  clientProgram,
  CODING_AGENTS,
  type CodingAgent,
  connectCommand,
  curlCommands,
  installCommand,
  type Server,
} from "./commands.ts";

/** An empty server: three ways to see the first agent. Whoever shows this turns to the agent when the feed tells of it. */
export function FirstRun() {
  const { hasToken } = useStore();
  const server: Server = { origin: location.origin, hasTokens: hasToken };
  return (
    <div class="first">
      <p class="first-lead">
        No agent has reported here yet. There are three ways to see the first one; it appears on this page by itself.
      </p>
      {hasToken ? <TokenNote /> : null}
      <div class="first-ways">
        <Connect server={server} />
        <Way title="Send requests with curl">
          <p>A definition, an agent of it, and what that agent does. For shells such as bash and zsh.</p>
          <Code text={curlCommands(server)} what="commands" />
        </Way>
        <Way title="Write a program">
          <p>
            The typed client, for Bun, Node.js and browsers, is a file of each release; in the repository,{" "}
            <code>bun run build</code> makes it in <code>dist/</code>.
          </p>
          <Code text={installCommand(PAGE_VERSION)} what="command to install the client" />
          <Code text={clientProgram(server)} what="program" />
        </Way>
      </div>
      <p class="muted">
        All that can be sent is in the <a href="/docs">documentation of the API</a>.
      </p>
    </div>
  );
}

function TokenNote() {
  return (
    <div class="notice">
      <p>
        This server asks for tokens. Make one on its machine, and set it where the commands are run:{" "}
        <code>export ORCHESTRATOR_TOKEN=$(orchestrator token create my-agents --scope control)</code>
      </p>
    </div>
  );
}

function Connect({ server }: { readonly server: Server }) {
  const [agent, setAgent] = useState<CodingAgent>("claude-code");
  return (
    <Way title="Connect a coding agent">
      <fieldset class="first-choice">
        <legend class="visually-hidden">Coding agent</legend>
        {CODING_AGENTS.map(({ name, label }) => (
          <label key={name}>
            <input type="radio" name="coding-agent" checked={name === agent} onChange={() => setAgent(name)} /> {label}
          </label>
        ))}
      </fieldset>
      <Code text={connectCommand(agent, server)} what="command to connect" />
      <p class="muted">
        It adds to the agent's own settings that it reports here; start a new session of the agent afterwards.{" "}
        <code>--print</code> only shows what would be written, <code>--undo</code> takes it back.
      </p>
    </Way>
  );
}

function Way({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="panel first-way" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Code({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div class="first-code">
      <pre tabIndex={0} role="group" aria-label={what}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
