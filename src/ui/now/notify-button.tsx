import { useEffect, useState } from "preact/hooks";
import { announce } from "#src/ui/parts/announce.ts";
import { type Readiness, readiness, turnOff, turnOn } from "#src/ui/shell/notify.ts";

const SAYS: Readonly<Record<Readiness, { readonly label: string; readonly why: string }>> = {
  on: { label: "Notifying", why: "The browser notifies you when an agent starts to wait for you, or fails." },
  off: { label: "Notify me", why: "A notification when an agent starts to wait for you, or fails." },
  unasked: { label: "Notify me", why: "A notification when an agent starts to wait for you, or fails." },
  denied: {
    label: "Cannot notify",
    why: "Notifications of this page are blocked. Allow them in the browser's settings of this site.",
  },
  insecure: {
    label: "Cannot notify",
    why: "Browsers allow notifications only for pages of localhost, or over HTTPS. This page is neither.",
  },
  unsupported: { label: "Cannot notify", why: "This browser has no notifications for pages that are not installed." },
};

/** Lets the browser notify. It is asked for that only by a click; where it refuses, a click tells why. */
export function NotifyButton() {
  const [state, setState] = useState(readiness);
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    // The settings of the browser may have been changed meanwhile.
    const look = () => setState(readiness());
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, []);
  const { label, why } = SAYS[state];
  const canNotify = state === "on" || state === "off" || state === "unasked";

  async function onClick(): Promise<void> {
    const next = state === "on" ? turnOff() : await turnOn();
    setState(next);
    setAsked(true);
    announce(next === "off" ? "Notifications are off" : SAYS[next].why);
  }

  return (
    <>
      <button
        type="button"
        aria-pressed={canNotify ? state === "on" : undefined}
        title={why}
        onClick={() => void onClick()}
      >
        {label}
      </button>
      {isAsked && !canNotify ? <span class="muted now-why">{why}</span> : null}
    </>
  );
}
