/** The header of an answer that is to be saved as a file. */

/** RFC 6266: a plain name for old programs, the true one in UTF-8 beside it. */
export function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, hex);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

/** What `encodeURIComponent` leaves and RFC 5987 doesn't allow. */
const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
