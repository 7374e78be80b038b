/** Makes the id of a new row. Passed in, so that tests know it. */
export type NewId = () => string;

/** UUIDv7: strictly rising within this process. */
export const newUuid: NewId = () => Bun.randomUUIDv7();
