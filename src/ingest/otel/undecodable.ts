/** What was sent is no telemetry in the encoding it says it has; sending it again changes nothing. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}
