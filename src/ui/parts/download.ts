/** Hands a text to the reader as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has it by then; what is never revoked is kept as long as the page.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
