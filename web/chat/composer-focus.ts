/** Lets any part of the page put the cursor into the message field. */

export const composerId = 'composer';

export function focusComposer(): void {
  document.getElementById(composerId)?.focus();
}
