/** Holds text back while it may still turn into a marker (a stop string, the start of a tool call), and not longer. */

export interface Passed {
  /** May be shown now. */
  text: string;
  /** The marker that was reached, and what came behind it in the same breath. */
  marker?: string;
  rest?: string;
}

export interface TextGate {
  push(text: string): Passed;
  /** What was held back when nothing more comes. */
  end(): string;
}

export function createTextGate(markers: readonly string[]): TextGate {
  let held = '';
  return {
    push(text) {
      held += text;
      const found = firstMarker(held, markers);
      if (found) {
        const passed = {
          text: held.slice(0, found.at),
          marker: found.marker,
          rest: held.slice(found.at + found.marker.length),
        };
        held = '';
        return passed;
      }
      const kept = longestBeginning(held, markers);
      const passed = { text: held.slice(0, held.length - kept) };
      held = held.slice(held.length - kept);
      return passed;
    },
    end() {
      const text = held;
      held = '';
      return text;
    },
  };
}

/** The earliest; of those that begin at the same place the longest. */
function firstMarker(text: string, markers: readonly string[]): { at: number; marker: string } | undefined {
  let first: { at: number; marker: string } | undefined;
  for (const marker of markers) {
    const at = text.indexOf(marker);
    if (at < 0) continue;
    if (!first || at < first.at || (at === first.at && marker.length > first.marker.length))
      first = { at, marker };
  }
  return first;
}

/** How many characters at the end of `text` are the beginning of a marker. */
function longestBeginning(text: string, markers: readonly string[]): number {
  let longest = 0;
  for (const marker of markers) {
    for (let n = Math.min(marker.length - 1, text.length); n > longest; n -= 1) {
      if (text.endsWith(marker.slice(0, n))) longest = n;
    }
  }
  return longest;
}
