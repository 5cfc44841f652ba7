/** What was made of a text, kept for the next time: facts never change, and the same ones are found again and again. */

/**
 * In two halves: when the younger is full it becomes the older, whose place it takes. To take out the one that was kept
 * longest, a Map steps over all that were taken out before.
 */
export function kept<T>(make: (text: string) => T, most = 5_000): (text: string) => T {
  let younger = new Map<string, T>();
  let older = new Map<string, T>();
  return (text) => {
    const here = younger.get(text);
    if (here !== undefined) return here;
    const value = older.get(text) ?? make(text);
    if (younger.size >= most / 2) {
      older = younger;
      younger = new Map();
    }
    younger.set(text, value);
    return value;
  };
}
