/** Whether a definition is to be used, as a word with its mark. */
export function Active({ isActive }: { readonly isActive: boolean }) {
  return (
    <span class={isActive ? "status status-completed" : "status"}>
      <span class="dot" aria-hidden="true" />
      {isActive ? "active" : "inactive"}
    </span>
  );
}
