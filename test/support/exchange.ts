import { connect } from "node:net";
import { until } from "./until.ts";

/**
 * Writes to a connection of its own, byte for byte. What came back until the server closed it or the test has seen enough;
 * after `patienceMs`, when they are given, whatever came until then.
 */
export async function exchange(
  url: string,
  parts: readonly string[],
  isEnough: (text: string) => boolean = () => false,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const end = performance.now() + patienceMs;
  let text = "";
  let isOver = false;
  socket.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  socket.on("close", () => void (isOver = true));
  socket.on("error", () => void (isOver = true));
  for (const part of parts) socket.write(part);
  const isDone = () => isOver || isEnough(text) || performance.now() > end;
  await until("an answer, or the end of the connection", isDone, 20_000);
  socket.destroy();
  return text;
}
