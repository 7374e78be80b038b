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
  type Program,
  PROGRAMS,
  type Server,
  tokenCommand,
} from "./commands.ts";

/** An empty server: three ways to see the first agent. Whoever shows this turns to the agent when the feed tells of it. */
export function FirstRun() {
  const { hasToken } = useStore();
  const [program, setProgram] = useState<Program>("executable");
  const server: Server = { origin: location.origin, hasTokens: hasToken };
  return (
    <div class="first">
      <p class="first-lead">
        No agent has reported here yet. There are three ways to see the first one; it appears on this page by itself.
      </p>
      <Choice legend="Commands for" name="program" options={PROGRAMS} chosen={program} onChoose={setProgram} />
      {hasToken ? <TokenNote program={program} /> : null}
      <div class="first-ways">
        <Connect server={server} program={program} />
        <Way title="Send requests with curl">
          <p>A definition, an agent of it, and what that agent does. For shells such as bash and zsh.</p>
          <Code text={curlCommands(server)} what="commands" />
        </Way>
        <Way title="Write a program">
          <p>
            The typed client, for Bun, Node.js and browsers, is a file
            {program === "repository" ? (
              <>
                {" "}
                that <code>bun run build</code> makes in the folder <code>dist/</code> of the repository.
              </>
            ) : (
              " of each release: install it from where you have put it."
            )}
          </p>
          <Code text={installCommand(program, PAGE_VERSION)} what="command to install the client" />
          <Code text={clientProgram(server)} what="program" />
        </Way>
      </div>
      <p class="muted">
        All that can be sent is in the <a href="/docs">documentation of the API</a>.
      </p>
    </div>
  );
}

function TokenNote({ program }: { readonly program: Program }) {
  return (
    <div class="notice">
      <p>
        This server asks for tokens. Make one on its machine, in the folder it was started in, and set it where the
        commands are run: <code>{tokenCommand(program)}</code> Elsewhere, add <code>--database FILE</code>.
      </p>
    </div>
  );
}

function Connect({ server, program }: { readonly server: Server; readonly program: Program }) {
  const [agent, setAgent] = useState<CodingAgent>("claude-code");
  return (
    <Way title="Connect a coding agent">
      <Choice
        legend="Coding agent"
        isHidden
        name="coding-agent"
        options={CODING_AGENTS}
        chosen={agent}
        onChoose={setAgent}
      />
      <Code text={connectCommand(agent, program, server)} what="command to connect" />
      <p class="muted">
        It adds to the agent's own settings that it reports here; start a new session of the agent afterwards.{" "}
        <code>--print</code> only shows what would be written, <code>--undo</code> takes it back.
      </p>
    </Way>
  );
}

type ChoiceProps<Name extends string> = {
  readonly legend: string;
  /** Whether the legend is for screen readers only. */
  readonly isHidden?: boolean;
  readonly name: string;
  readonly options: readonly { readonly name: Name; readonly label: string }[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
};

function Choice<Name extends string>({ legend, isHidden = false, ...props }: ChoiceProps<Name>) {
  const { name, options, chosen, onChoose } = props;
  return (
    <fieldset class="first-choice">
      <legend class={isHidden ? "visually-hidden" : undefined}>{legend}</legend>
      {options.map((option) => (
        <label key={option.name}>
          <input type="radio" name={name} checked={option.name === chosen} onChange={() => onChoose(option.name)} />{" "}
          {option.label}
        </label>
      ))}
    </fieldset>
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
