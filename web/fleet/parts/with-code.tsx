/** A sentence in which `backticks` mark what is typed. */

export const withCode = (text: string) =>
  text.split('`').map((piece, place) => (place % 2 ? <code key={place}>{piece}</code> : piece));
