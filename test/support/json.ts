/** JSON of an answer, as a test looks into it: what it asserts is what it knows. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;
