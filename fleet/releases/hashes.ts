/** Hashes of documents that somebody else may have written: what counts for nothing is refused before it is read as ours. */

const strong: ReadonlySet<string> = new Set(['sha256', 'sha512']);

/** A list without hashes pins a length, and one of broken hashes pins nothing: clients of TUF take both. */
export function problemOfHashes(hashes: unknown): string | undefined {
  const names = typeof hashes === 'object' && hashes !== null ? Object.keys(hashes) : [];
  if (names.length === 0) return 'has no hash: any bytes of its length would pass for it';
  if (!names.some((name) => strong.has(name)))
    return `has only ${names.join(' and ')}: bytes can be made to fit that`;
  return undefined;
}

/** @param value a document as it was parsed, not yet known to be one */
export function problemsOfRawHashes(value: unknown): string[] {
  const { signed } = asObject(value);
  const { targets, meta } = asObject(signed);
  return [...Object.entries(asObject(targets)), ...Object.entries(asObject(meta))].flatMap(
    ([name, entry]) => {
      const problem = problemOfHashes(asObject(entry)['hashes']);
      return problem === undefined ? [] : [`${name} ${problem}.`];
    },
  );
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
