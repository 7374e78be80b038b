/** Answers as models write them: headings, lists, a table, code in several languages. */
export const PLAN = `## Plan for issue 42

1. Keep the address with the **customer**, not with the cart.
2. Offer it at checkout; a changed one is asked about.
3. Migrate what is stored.

| step   | files | risk |
| ------ | ----: | ---- |
| model  |     2 | low  |
| page   |     3 | low  |
| upkeep |     1 | some |

\`\`\`sql
alter table customers add column address text;
\`\`\`

> Nothing is deleted before the second release.
`;

export const ANSWER = `The address is kept, and the form offers it.

\`\`\`ts
export function offered(customer: Customer): Address | null {
  const { address } = customer;
  return address === null || isOutdated(address) ? null : address;
}
\`\`\`

- \`src/checkout/address.ts\` holds the rule
- \`src/checkout/form.tsx\` shows it

Each file that was touched:

${Array.from({ length: 40 }, (_, index) => `${index + 1}. \`src/checkout/step-${index + 1}.ts\`: imports the new type`).join("\n")}

Run it with:

\`\`\`sh
bun test test/checkout --coverage
\`\`\`
`;
