/** The one field that a key anywhere leads to; at once, so that what is typed next is in it. */

let field: HTMLInputElement | null = null;
let isWanted = false;

/** As its `ref`. */
export function holdSearch(input: HTMLInputElement | null): void {
  field = input;
  if (!input || !isWanted) return;
  isWanted = false;
  input.focus();
}

/** Or as soon as it is there. */
export function focusSearch(): void {
  isWanted = field === null;
  field?.select();
  field?.focus();
}
