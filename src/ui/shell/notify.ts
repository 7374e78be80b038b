import type { BoardAgent } from "#src/domain/board.ts";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { announce } from "#src/ui/parts/announce.ts";
import { headlineOf, type News } from "./news.ts";
import { hrefOf } from "./route.ts";
import { navigate } from "./use-route.ts";

/** Whether this page notifies; where it cannot, why. */
export type Readiness = "on" | "off" | "unasked" | "denied" | "insecure" | "unsupported";

const KEY = "orchestrator.notifications";
const MOST_TEXT = 200;
const MOST_NAME = 80;
const MOST_NAMED = 5;
/** Browsers of phones have notifications only for what is installed: the first try tells. */
let isRefused = false;
/** Where pages may store nothing, until the page is reloaded. */
let isOff = false;

export function readiness(): Readiness {
  if (!isSecureContext) return "insecure";
  if (isRefused || !("Notification" in globalThis)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission === "default") return "unasked";
  return wasTurnedOff() ? "off" : "on";
}

/** Asks the browser's permission where it was not asked before; only ever after a click. */
export async function turnOn(): Promise<Readiness> {
  remember(false);
  if (readiness() === "unasked") await Notification.requestPermission();
  return readiness();
}

export function turnOff(): Readiness {
  remember(true);
  return readiness();
}

/** Tells news: to screen readers in any case, and by one notification where that is wanted. */
export function tell(news: readonly News[]): void {
  const [first, ...others] = news;
  if (first === undefined) return;
  const title = headlineOf(news, plainNameOf);
  announce(title);
  if (readiness() !== "on") return;
  const { agent } = first;
  if (others.length === 0) {
    show(title, { body: reasonOf(first), tag: agent.id }, hrefOf("session", { id: agent.session_id, agent: agent.id }));
  } else {
    const names = news.slice(0, MOST_NAMED).map((one) => plainNameOf(one.agent));
    const more = news.length - names.length;
    const body = names.join(", ") + (more > 0 ? ` and ${more} more` : "");
    show(title, { body, tag: "orchestrator" }, hrefOf("now"));
  }
}

/** The name of an agent where there is no markup. */
export function plainNameOf(agent: BoardAgent): string {
  return plainText(nameOf(agent).slice(0, MOST_NAME)).replaceAll(/\s+/g, " ");
}

function show(title: string, options: NotificationOptions, href: string): void {
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      focus();
      navigate(href);
      notification.close();
    };
  } catch {
    isRefused = true;
  }
}

function reasonOf({ what, agent }: News): string {
  const { error_message: error, last_log: log }: BoardAgent = agent;
  const text = (what === "failed" ? error : null) ?? log?.message ?? `Session ${agent.session_id}`;
  return plainText(text.slice(0, MOST_TEXT));
}

function wasTurnedOff(): boolean {
  try {
    return localStorage.getItem(KEY) === "off";
  } catch {
    return isOff;
  }
}

function remember(off: boolean): void {
  isOff = off;
  try {
    if (off) localStorage.setItem(KEY, "off");
    else localStorage.removeItem(KEY);
  } catch {
    // Kept above.
  }
}
