/** The database cannot be used, and it is not a matter of trying again: one line for the person who starts the server. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}
